import { expect, test } from "vitest";
import { linksCheck } from "./health.ts";

const never = new Promise<void>(() => {});
const reading = () => ({ state: "catching_up" }) as const;

test("rows of an earlier run are good enough, however old", () => {
  expect(linksCheck({ position: () => 7n, ready: never, status: reading })()).toBeUndefined();
});

test("without rows, taps wait for the history, even if it turns out to be empty", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const check = linksCheck({ position: () => undefined, ready, status: reading });
  expect(check()).toBe("no history has been read yet");
  resolve();
  await ready;
  expect(check()).toBeUndefined();
});

test("while the file cannot be read, taps are answered from the streams", () => {
  const status = () => ({ state: "waiting", reason: "its disk is full" }) as const;
  expect(linksCheck({ position: () => undefined, ready: never, status })()).toBeUndefined();
});
