import { quietUntil } from "@touchline/london";
import { seeded } from "@touchline/sandbox";
import { expect, test } from "vitest";
import { drawFamilies } from "./life.ts";
import { tenDays } from "./span.ts";

const DAY_MS = 86_400_000;
const draw = (seed: number) => drawFamilies(seeded(seed), tenDays, 5);
const many = Array.from({ length: 100 }, (_, seed) => draw(seed)).flat();

test("a seed always draws the same families", () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("whatever a family does comes after it registered, in order, while things go wrong", () => {
  for (const { acts } of many) {
    expect(acts[0]?.what).toBe("register");
    expect(acts.map(({ atMs }) => atMs)).toEqual(acts.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(acts.at(-1)?.atMs).toBeLessThan(tenDays.startMs + 7 * DAY_MS);
  }
});

test("some register shortly before quiet hours, and some pay or leave soon after they registered", () => {
  const registered = many.map(({ acts }) => acts[0]?.atMs ?? 0);
  const soonQuiet = registered.filter((ms) => !quietUntil(new Date(ms)) && quietUntil(new Date(ms + 3_600_000)));
  expect(soonQuiet.length).toBeGreaterThan(many.length / 20);
  const soon = many.filter(({ acts }) =>
    acts.some(({ atMs, what }) => ["tapAndPay", "cancel"].includes(what) && atMs - (acts[0]?.atMs ?? 0) < 600_000),
  );
  expect(soon.length).toBeGreaterThan(many.length / 20);
});
