import { expect, test } from "vitest";
import { Tail } from "./tail.ts";

test("returns the events after a cursor a few at a time, until none are left", () => {
  const tail = new Tail(0);
  for (let position = 1; position <= 500; position++) {
    tail.push({ position, stream: 1, revision: position, createdMs: 0, frame: Buffer.alloc(1) });
  }
  const seen: number[] = [];
  for (let events = tail.after(0); events !== undefined && events.length > 0; events = tail.after(seen.at(-1) ?? 0)) {
    expect(events.length).toBeLessThan(100);
    seen.push(...events.map(({ position }) => position));
  }
  expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
});

test("gives a cursor that has fallen behind the events it still has", () => {
  const tail = new Tail(0);
  for (let position = 1; position <= 5000; position++) {
    tail.push({ position, stream: 1, revision: position, createdMs: 0, frame: Buffer.alloc(1) });
  }
  expect(tail.after(0)).toBeUndefined();
  expect(tail.after(4999)).toHaveLength(1);
});
