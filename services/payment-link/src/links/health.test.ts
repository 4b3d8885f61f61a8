import { expect, test } from "vitest";
import { linksCheck } from "./health.ts";

const never = new Promise<void>(() => {});

test("rows of an earlier run do, however old they are", () => {
  expect(linksCheck({ position: () => 7n, ready: never })()).toBeUndefined();
});

test("without rows, taps wait for the history, also when it turns out to be empty", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const check = linksCheck({ position: () => undefined, ready });
  expect(check()).toBe("no history has been read yet");
  resolve();
  await ready;
  expect(check()).toBeUndefined();
});
