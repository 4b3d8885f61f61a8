import { expect, test } from "vitest";
import { inTime } from "./in-time.ts";

test("an answer is passed on; a failure and silence are no answer", async () => {
  expect(await inTime(Promise.resolve(7))).toBe(7);
  expect(await inTime(Promise.reject(new Error("away")))).toBeUndefined();
  expect(await inTime(new Promise(() => {}), 20)).toBeUndefined();
});
