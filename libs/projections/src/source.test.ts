import { memoryEventStore } from "@touchline/event-store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource, type Source } from "./source.ts";

let store: ReturnType<typeof memoryEventStore>;
let ending: AbortController;
/** The ids of the applied events, and the position reached. */
let applied: string[];
let position: bigint;
let source: Source;
let running: Promise<void>;
let caughtUp: number;

beforeEach(() => {
  store = memoryEventStore();
  ending = new AbortController();
  applied = [];
  position = -1n;
  caughtUp = 0;
});

afterEach(async () => {
  ending.abort();
  await running;
});

const open = (onId: (id: string) => void = () => {}) => {
  source = openSource({
    store,
    prefixes: ["team-"],
    signal: ending.signal,
    position: () => position,
    onEvent: ({ id, position: at }) => {
      applied.push(id);
      position = at;
      onId(id);
    },
    onCaughtUp: () => caughtUp++,
  });
  running = source.run();
};

let streams = 0;
const append = (id: string, category = "team") =>
  store.append(
    `${category}-${++streams}`,
    [{ id, type: "Scored", data: {}, metadata: { service: "test" } }],
    "no_stream",
  );

test("gives the wanted events of history, reports the end of history, then gives new events", async () => {
  await append("a");
  await append("x", "player");
  open();
  await expect.poll(() => caughtUp).toBe(1);
  expect(applied).toEqual(["a"]);
  await append("b");
  await expect.poll(() => applied).toEqual(["a", "b"]);
  expect(source.seen()).toBe(position);
});

test("after a halt, no event is given, not even one already read; then it goes on from the rows' position", async () => {
  for (const id of ["a", "b", "c"]) await append(id);
  open((id) => id === "b" && source.halt());
  await expect.poll(() => applied).toEqual(["a", "b"]);
  await append("d");
  expect(source.seen()).toBe(position);
  source.resume();
  await expect.poll(() => applied).toEqual(["a", "b", "c", "d"]);
});

test("while the rows are being replaced, events wait; those already in the new rows are skipped", async () => {
  open();
  await expect.poll(() => caughtUp).toBe(1);
  const work = Promise.withResolvers<void>();
  const paused = source.whilePaused(async () => {
    await append("a");
    await work.promise;
    position = (await store.head()) ?? 0n;
  });
  await new Promise(setImmediate);
  expect(applied).toEqual([]);
  work.resolve();
  await paused;
  await append("b");
  await expect.poll(() => applied).toEqual(["b"]);
});
