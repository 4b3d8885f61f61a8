import { Fault } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { evolve } from "../../test/fold.ts";
import type { Link, LinkState } from "../payment/state.ts";
import { createLookup } from "./lookup.ts";

const at = "2026-11-22T10:00:00.000Z";
const created = {
  type: "PaymentTokenCreated",
  data: {
    billingRequestId: "BRQ000LINK",
    registrationId: "r-1",
    origin: "created",
    feePence: 100,
    mandate: true,
    monthlyFeePence: 100,
    preferredPaymentDay: 1,
    season: "2627",
    createdAt: at,
  },
} as const;
const erased = { type: "PaymentLinkErased", data: { billingRequestId: "BRQ000LINK", erasedAt: at } } as const;

const lookUp = async (...events: (typeof created | typeof erased)[]) => {
  const store = memoryEventStore();
  const stored = events.map((event, i) => ({
    id: `${i}`,
    ...event,
    metadata: { service: "test", traceparent: "00-1-2-01" },
  }));
  await store.append("payment-BRQ000LINK", stored, "no_stream");
  const link = events.reduce<LinkState>(evolve, { status: "none" }) as Link;
  const lookup = createLookup(store, { link: () => link });
  return [lookup.known("BRQ000LINK"), await lookup.fromStream("BRQ000LINK")];
};

test("an erased link is found neither in the projection nor in its stream, like an unknown one", async () => {
  expect(await lookUp(created)).toMatchObject([{ id: "BRQ000LINK" }, { id: "BRQ000LINK", traceparent: "00-1-2-01" }]);
  expect(await lookUp(created, erased)).toEqual([undefined, undefined]);
});

test("while the view cannot be read it knows no links, so the stream is asked", () => {
  const unreadable = () => {
    throw new Fault("view_unavailable");
  };
  expect(createLookup(memoryEventStore(), { link: unreadable }).known("BRQ000LINK")).toBeUndefined();
});
