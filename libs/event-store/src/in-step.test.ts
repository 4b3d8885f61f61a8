import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { inStepWith } from "./in-step.ts";
import { memoryEventStore } from "./memory.ts";
import type { StoredEvent, SubscribeOptions } from "./types.ts";

const followed = () => {
  const clock = { ms: 0 };
  const runtime = { ...systemRuntime(), now: () => new Date(clock.ms), monotonicMs: () => clock.ms };
  const broken: unknown[] = [];
  const subscriptions: { options: SubscribeOptions; breakOff: (error: Error) => void }[] = [];
  const subscribe = (options: SubscribeOptions) =>
    new Promise<void>((resolve, reject) => {
      subscriptions.push({ options, breakOff: reject });
      options.signal.addEventListener("abort", () => resolve());
    });
  const store = { ...memoryEventStore(undefined, runtime), subscribe };
  const watch = inStepWith(store, { prefixes: ["sms-"] }, () => {});
  const ending = new AbortController();
  const following = watch.follow(ending.signal, (error) => broken.push(error));
  const stop = () => {
    ending.abort();
    return following;
  };
  return { clock, watch, subscriptions, broken, stop };
};

const eventOf = (createdMs: number) => ({ position: 1n, created: new Date(createdMs) }) as StoredEvent;

test("is in step only while the subscription is live: not before, not broken", async () => {
  const { watch, subscriptions, broken, stop } = followed();
  const [first] = subscriptions;
  expect(watch.isInStep()).toBe(false);
  first?.options.onCaughtUp?.();
  expect(watch.isInStep()).toBe(true);
  first?.breakOff(new Error("cut"));
  await expect.poll(() => subscriptions.length).toBe(2);
  expect(broken).toHaveLength(1);
  expect(watch.isInStep()).toBe(false);
  await stop();
});

test("is not in step while events come late, until they have not for a while or the server has caught up", async () => {
  const { clock, watch, subscriptions, stop } = followed();
  const options = subscriptions[0]?.options;
  await options?.onEvent(eventOf(-60_000));
  options?.onCaughtUp?.();
  expect(watch.isInStep()).toBe(true);
  clock.ms = 10_000;
  await options?.onEvent(eventOf(9_000));
  expect(watch.isInStep()).toBe(true);
  await options?.onEvent(eventOf(4_000));
  expect(watch.isInStep()).toBe(false);
  clock.ms = 19_999;
  expect(watch.isInStep()).toBe(false);
  clock.ms = 20_000;
  expect(watch.isInStep()).toBe(true);
  await options?.onEvent(eventOf(4_000));
  expect(watch.isInStep()).toBe(false);
  options?.onCaughtUp?.();
  expect(watch.isInStep()).toBe(true);
  await stop();
});
