import { expect, test } from "vitest";
import { type FaultKind, faultKinds } from "../world/faults.ts";
import type { Outcome, Season } from "./run.ts";
import { shrink } from "./shrink.ts";
import { tenDays } from "./span.ts";

const season: Season = { seed: 7, span: tenDays, families: 4, without: new Set() };

/** Violates one invariant through family 2 when NATS fails, and another when it does not. */
const play = async ({ only, without }: Season): Promise<Outcome> => {
  const has = (kind: FaultKind) => !without.has(kind);
  const violations = [
    ...(has("nats") && (only?.includes(1) ?? true) ? ["never two texts: of family-2"] : []),
    ...(has("nats") ? [] : ["work comes to its end: not"]),
  ];
  return { violations, lines: [`${only?.join()}`], digest: "" };
};

test("what a failure does not take is left out, as long as the same invariant is violated", async () => {
  const { season: least, outcome } = await shrink(season, ["never two texts: of family-2"], play);
  expect(least.only).toEqual([1]);
  expect([...least.without].sort()).toEqual(faultKinds.filter((kind) => kind !== "nats").sort());
  expect(outcome).toEqual({ violations: ["never two texts: of family-2"], lines: ["1"], digest: "" });
});

test("what was left out before stays left out", async () => {
  const given: Season = { ...season, only: [1, 3], without: new Set(["crashes"]) };
  const { season: least } = await shrink(given, ["never two texts: of family-2"], play);
  expect(least.only).toEqual([1]);
  expect(least.without).toContain("crashes");
});
