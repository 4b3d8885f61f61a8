import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { createFollowUpCatchUp } from "./overlooked.ts";

const now = new Date("2026-09-01T10:00:00Z");
const created = {
  registrationId: "r-1",
  billingRequestId: "BRQ1",
  origin: "created",
  feePence: 4_500,
  monthlyFeePence: 0,
  currency: "GBP",
  mandate: true,
  createdAt: now.toISOString(),
};

const setUp = async ({ isDue = true, records = true, since = now } = {}) => {
  const store = memoryEventStore(() => now);
  const append = (type: string, data: object, at: bigint | "no_stream") =>
    store.append("payment-BRQ1", [{ id: type, type, data, metadata: { service: "test" } }], at);
  await append("PaymentTokenCreated", created, "no_stream");
  const asked: string[] = [];
  const followUp = {
    due: () => isDue,
    bringUpToDate: async (linkId: string) => {
      asked.push(linkId);
      if (records)
        await append("PaymentTokenCancelled", { billingRequestId: "BRQ1", cancelledAt: now.toISOString() }, 0n);
      return "done" as const;
    },
  };
  const [event] = await store.read("payment-BRQ1");
  if (!event) throw new Error("It was not stored.");
  return { asked, look: () => createFollowUpCatchUp({ store, followUp, since })(event) };
};

test("what is due is done, and counts when something came of it", async () => {
  const { look, asked } = await setUp();
  expect(await look()).toBe(true);
  expect(asked).toEqual(["BRQ1"]);
});

test("what is due and has to wait does not count", async () => {
  const { look, asked } = await setUp({ records: false });
  expect(await look()).toBe(false);
  expect(asked).toEqual(["BRQ1"]);
});

test("GoCardless is not asked where nothing is due, nor for what the look at all links saw at start", async () => {
  for (const options of [{ isDue: false }, { since: new Date(now.getTime() + 1) }]) {
    const { look, asked } = await setUp(options);
    expect(await look()).toBe(false);
    expect(asked).toEqual([]);
  }
});
