import { Fault } from "@touchline/contracts";
import { createLogger, systemRuntime } from "@touchline/service";
import { expect, test } from "vitest";
import type { Link } from "../payment/state.ts";
import { keepSweeping } from "./sweep.ts";

const log = createLogger("test", "silent");
const linkOf = (id: string) => ({ id, registrationId: id }) as Link;

/** Looks at these links once. Returns which it brought up to date, or tried to. */
const sweepOnce = async (ids: readonly string[], fault: (id: string) => Error | undefined) => {
  const looked: string[] = [];
  const awaiting: number[] = [];
  const waits: number[] = [];
  const ending = new AbortController();
  const sweeping = keepSweeping({
    links: function* () {
      yield ids.map(linkOf);
      ending.abort();
    },
    followUp: {
      awaitsSeason: ({ id }) => id === "early",
      due: ({ id }) => id !== "settled",
      bringUpToDate: async (id) => {
        looked.push(id);
        const error = fault(id);
        if (error) throw error;
        return "done";
      },
    },
    onAwaitingSeason: (families) => awaiting.push(families),
    log,
    signal: ending.signal,
    runtime: { random: () => 0.5, sleep: async (ms) => void waits.push(ms) },
    everyMs: 86_400_000,
  });
  await sweeping;
  return { looked, awaiting, waits };
};

test("a failing link does not hold up the others, whatever is wrong with it", async () => {
  const ill = (id: string) =>
    id === "odd"
      ? new TypeError("an event that fits nothing")
      : id === "away"
        ? new Fault("provider_unavailable")
        : undefined;
  expect(await sweepOnce(["odd", "settled", "away", "well"], ill)).toMatchObject({ looked: ["odd", "away", "well"] });
});

test("while GoCardless is away, links are asked about slowly, and soon again", async () => {
  const away = () => new Fault("provider_unavailable");
  const { looked, waits } = await sweepOnce(["a", "b", "c", "d"], away);
  expect(looked).toEqual(["a", "b", "c", "d"]);
  // After the third, between two pages, and before the next sweep.
  expect(waits).toEqual([60_000, 1, 60_000]);
});

test("links that always fail do not keep the sweep from those after them", async () => {
  const stuck = (id: string) => (id.startsWith("stuck") ? new Fault("provider_unavailable") : undefined);
  const { looked } = await sweepOnce(["stuck-1", "stuck-2", "stuck-3", "stuck-4", "well"], stuck);
  expect(looked).toContain("well");
});

test("families whose season is not configured are counted", async () => {
  expect((await sweepOnce(["settled", "early"], () => undefined)).awaiting).toEqual([1]);
});

test("if links cannot be read now, they are read later", async () => {
  const ending = new AbortController();
  let looks = 0;
  await keepSweeping({
    links: () => {
      if (++looks === 2) ending.abort();
      throw new Fault("view_unavailable");
    },
    followUp: { due: () => true, awaitsSeason: () => false, bringUpToDate: async () => "done" },
    onAwaitingSeason: () => {},
    log,
    signal: ending.signal,
    runtime: { ...systemRuntime(), sleep: async () => {} },
    everyMs: 60_000,
  });
  expect(looks).toBe(2);
});
