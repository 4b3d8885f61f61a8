import { expect, test } from "vitest";
import { checkPlaces, type Place } from "./places.ts";
import type { AtPosition } from "./types.ts";

const place = (position: number, id = `e${position}`): Place => ({ position: BigInt(position), id });
const event = (id: string): AtPosition => ({ kind: "event", id });

/** A store whose last event is at 900. */
const storeWith = (found: Readonly<Record<string, AtPosition>>, head: bigint | undefined = 900n) => ({
  head: async () => head,
  at: async (position: bigint) => found[String(position)] ?? ({ kind: "never" } as const),
});

const whole = { 900: event("e900"), 500: event("e500"), 100: event("e100") };
const remembered = [place(900), place(500), place(100)];

test.each<[string, ReturnType<typeof storeWith>, Place[], "same" | "exchanged"]>([
  ["has all remembered events", storeWith(whole), remembered, "same"],
  ["has not been seen yet", storeWith({}), [], "same"],
  ["has another event there", storeWith({ ...whole, 900: event("x") }), remembered, "exchanged"],
  ["ends before it", storeWith(whole, 500n), remembered, "exchanged"],
  ["is empty", storeWith({}, undefined), remembered, "exchanged"],
  ["never had an event there", storeWith({ 500: event("e500") }), remembered, "exchanged"],
  ["has lost the last one to a scavenge", storeWith({ ...whole, 900: { kind: "gone" } }), remembered, "same"],
  [
    "has lost the last one, and has a different earlier one",
    storeWith({ ...whole, 900: { kind: "gone" }, 500: event("x") }),
    remembered,
    "exchanged",
  ],
  [
    "has lost all of them to a scavenge",
    storeWith({ 900: { kind: "gone" }, 500: { kind: "gone" }, 100: { kind: "gone" } }),
    remembered,
    "same",
  ],
])("a store that %s", async (_what, store, places, result) => {
  expect(await checkPlaces(store, places)).toBe(result);
});
