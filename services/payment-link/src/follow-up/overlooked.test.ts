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

test("due work is done, and counts if it had an effect", async () => {
  const { look, asked } = await setUp();
  expect(await look()).toBe(true);
  expect(asked).toEqual(["BRQ1"]);
});

test("due work that has to wait does not count", async () => {
  const { look, asked } = await setUp({ records: false });
  expect(await look()).toBe(false);
  expect(asked).toEqual(["BRQ1"]);
});

test("GoCardless is not asked if nothing is due, or for events that the sweep at start covers", async () => {
  for (const options of [{ isDue: false }, { since: new Date(now.getTime() + 1) }]) {
    const { look, asked } = await setUp(options);
    expect(await look()).toBe(false);
    expect(asked).toEqual([]);
  }
});
