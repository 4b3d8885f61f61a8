import { STORE_STREAM } from "@touchline/contracts";
import { expect, test } from "vitest";
import { appendAgain, identify } from "./identity.ts";
import { memoryEventStore } from "./memory.ts";

test("a store gets one identity, whoever asks, and keeps it", async () => {
  const store = memoryEventStore();
  const ids = await Promise.all([identify(store), identify(store), identify(store)]);
  expect(new Set(ids).size).toBe(1);
  expect(await identify(store)).toBe(ids[0]);
  expect(await identify(memoryEventStore())).not.toBe(ids[0]);
});

test("appending it again changes nothing", async () => {
  const store = memoryEventStore();
  await appendAgain(store);
  const stored = await store.read(STORE_STREAM);
  expect(stored).toMatchObject([{ type: "StoreIdentified", revision: 0n }]);
  await appendAgain(store);
  expect(await store.read(STORE_STREAM)).toEqual(stored);
  expect(await identify(store)).toBe(stored[0]?.id);
});
