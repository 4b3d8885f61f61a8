import { expect, test } from "vitest";
import { systemRuntime } from "./runtime.ts";
import { inTime, withTimeout } from "./time-out.ts";

const runtime = systemRuntime();
const never = new Promise<never>(() => {});
const tooLate = () => {
  throw new RangeError("too late");
};

test("the result or failure of work that ends in time is passed on, and no timer is left", async () => {
  let pending = 0;
  const counting = {
    after: (ms: number, work: () => void) => {
      pending++;
      const cancel = runtime.after(ms, work);
      return () => {
        pending--;
        cancel();
      };
    },
  };
  expect(await withTimeout(Promise.resolve(7), 1_000, tooLate, counting)).toBe(7);
  await expect(withTimeout(Promise.reject(new Error("away")), 1_000, tooLate, counting)).rejects.toThrow("away");
  expect(pending).toBe(0);
});

test("late work gives the caller's own value or error, and its later failure is ignored", async () => {
  expect(await withTimeout(never, 10, () => "late", runtime)).toBe("late");
  await expect(withTimeout(never, 10, tooLate, runtime)).rejects.toThrow(RangeError);
  const failsLater = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("away")), 20));
  expect(await withTimeout(failsLater, 10, () => "late", runtime)).toBe("late");
  await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a gauge gets the answer, or nothing when the work fails or is late", async () => {
  expect(await inTime(Promise.resolve(7), runtime)).toBe(7);
  expect(await inTime(Promise.reject(new Error("away")), runtime)).toBeUndefined();
  expect(await inTime(never, runtime, 20)).toBeUndefined();
});
