import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { memoryEventStore } from "./memory.ts";
import { streamsWith } from "./streams-with.ts";

test("a stream's contents are known while the log is followed, and for good once an event is there", async () => {
  const store = memoryEventStore();
  const append = (stream: string, type: string) =>
    store.append(stream, [{ id: randomUUID(), type, data: {}, metadata: { service: "test" } }], "no_stream");
  await append("registration-a", "RegistrationCancelled");
  await append("registration-b", "RegistrationCompleted");

  // The subscription breaks after it has caught up, as when the server goes away, and is not renewed.
  const ending = new AbortController();
  let lose: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  let subscriptions = 0;
  const subscribe: typeof store.subscribe = (options) =>
    subscriptions++ === 0 ? Promise.race([store.subscribe(options), lost]) : lost;
  const called = streamsWith({ ...store, subscribe }, ["RegistrationCancelled"]);
  const both = () => [called.has("registration-a"), called.has("registration-b")];
  expect(both()).toEqual([undefined, undefined]);
  const following = called.follow(ending.signal, () => {});
  await expect.poll(both).toEqual([true, false]);
  await append("registration-c", "RegistrationCancelled");
  await expect.poll(() => called.has("registration-c")).toBe(true);
  lose(new Error("gone"));
  await expect.poll(both).toEqual([true, undefined]);
  ending.abort();
  await following;
});
