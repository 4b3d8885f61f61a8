import { randomUUID } from "node:crypto";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, test } from "vitest";
import { inStepWith } from "./in-step.ts";
import { memoryEventStore } from "./memory.ts";
import type { EventStore, StoredEvent, SubscribeOptions } from "./types.ts";

const followed = async () => {
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
  const watch = inStepWith(store, { prefixes: ["sms-"], take: () => {}, forget: () => {} });
  const ending = new AbortController();
  const following = watch.follow(ending.signal, (error) => broken.push(error));
  await expect.poll(() => subscriptions).toHaveLength(1);
  const stop = () => {
    ending.abort();
    return following;
  };
  return { clock, watch, subscriptions, broken, stop };
};

const eventOf = (createdMs: number) => ({ position: 1n, created: new Date(createdMs) }) as StoredEvent;

test("is in step only while the subscription is live, not before it and not when it is broken", async () => {
  const { watch, subscriptions, broken, stop } = await followed();
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

test("is not in step while events come late, until they are on time for a while or the server has caught up", async () => {
  const { clock, watch, subscriptions, stop } = await followed();
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

const appendTo = (store: EventStore, stream: string) =>
  store.append(stream, [{ id: randomUUID(), type: "SmsErased", data: {}, metadata: { service: "test" } }], "no_stream");

test("starts over when the store was exchanged for one with other events at the same positions", async () => {
  const [before, after] = [memoryEventStore(), memoryEventStore()];
  await appendTo(before, "sms-a");
  for (const stream of ["sms-b", "sms-c"]) await appendTo(after, stream);
  let current = before;
  let breakOff: (error: Error) => void = () => {};
  const subscribe = (options: SubscribeOptions) =>
    Promise.race([
      current.subscribe(options),
      new Promise<never>((_, reject) => {
        breakOff = reject;
      }),
    ]);
  const store: EventStore = {
    ...before,
    subscribe,
    at: (position) => current.at(position),
    head: () => current.head(),
  };
  const taken = new Set<string>();
  const ending = new AbortController();
  const watch = inStepWith(store, { take: ({ stream }) => void taken.add(stream), forget: () => taken.clear() });
  const following = watch.follow(ending.signal, () => {});
  await expect.poll(watch.isInStep).toBe(true);
  expect([...taken]).toEqual(["sms-a"]);
  current = after;
  breakOff(new Error("gone"));
  await expect.poll(() => [...taken]).toEqual(["sms-b", "sms-c"]);
  ending.abort();
  breakOff(new Error("ended"));
  await following;
});
