import { expect, test } from "vitest";
import { inStepWith } from "./in-step.ts";
import { memoryEventStore } from "./memory.ts";
import type { SubscribeOptions } from "./types.ts";

test("is in step only while the subscription is live: not before, not behind, not broken", async () => {
  const ending = new AbortController();
  const broken: unknown[] = [];
  const subscriptions: { options: SubscribeOptions; breakOff: (error: Error) => void }[] = [];
  const subscribe = (options: SubscribeOptions) =>
    new Promise<void>((resolve, reject) => {
      subscriptions.push({ options, breakOff: reject });
      options.signal.addEventListener("abort", () => resolve());
    });
  const watch = inStepWith({ ...memoryEventStore(), subscribe }, { prefixes: ["sms-"] }, () => {});
  const following = watch.follow(ending.signal, (error) => broken.push(error));
  const [first] = subscriptions;

  expect(watch.isInStep()).toBe(false);
  first?.options.onCaughtUp?.();
  expect(watch.isInStep()).toBe(true);
  first?.options.onFellBehind?.();
  expect(watch.isInStep()).toBe(false);
  first?.options.onCaughtUp?.();
  first?.breakOff(new Error("cut"));
  await expect.poll(() => subscriptions.length).toBe(2);
  expect(broken).toHaveLength(1);
  expect(watch.isInStep()).toBe(false);
  ending.abort();
  await following;
});
