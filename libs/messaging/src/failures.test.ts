import { expect, test } from "vitest";
import type { PulledMessage } from "./client.ts";
import { rememberFailures } from "./failures.ts";

const message = (seq: number, timestampNanos = 0) =>
  ({ seq, info: { deliveryCount: 1, timestampNanos } }) as PulledMessage;

test("counts the unexpected errors of each message since its first failure, until it is forgotten", () => {
  let ms = 0;
  const failures = rememberFailures({ now: () => new Date(ms++) });
  expect(failures.add(message(1), false)).toEqual({ firstAt: new Date(0), unexpected: 0 });
  expect(failures.add(message(1), true)).toEqual({ firstAt: new Date(0), unexpected: 1 });
  expect(failures.add(message(2), true)).toEqual({ firstAt: new Date(1), unexpected: 1 });
  expect(failures.add(message(1), true)).toEqual({ firstAt: new Date(0), unexpected: 2 });
  failures.forget(message(1));
  expect(failures.add(message(1), true)).toEqual({ firstAt: new Date(2), unexpected: 1 });
});

test("a message at the same sequence of a stream that was created again is another message", () => {
  const failures = rememberFailures({ now: () => new Date(0) });
  failures.add(message(1, 5), true);
  expect(failures.add(message(1, 6), true).unexpected).toBe(1);
});

test("the messages that failed longest ago are forgotten, and new ones are not refused", () => {
  const failures = rememberFailures({ now: () => new Date(0) });
  for (let seq = 0; seq < 10_000; seq++) failures.add(message(seq), true);
  failures.add(message(0), true);
  failures.add(message(10_000), true);
  expect([0, 1, 10_000].map((seq) => failures.add(message(seq), true).unexpected)).toEqual([3, 1, 2]);
});
