import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger } from "@touchline/service";
import { expect, test } from "vitest";
import type { PaymentProvider } from "../payment/provider.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import type { Registration } from "./create-token.ts";
import { createTokenCatchUp } from "./overlooked.ts";

const now = new Date("2026-09-01T10:00:00Z");
const at = now.toISOString();
const registration: Registration = {
  registrationId: "r-1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
  signingFeePence: 4_500,
  monthlyFeePence: 2_750,
  defaultedFees: [],
  acceptedAt: at,
};

/** A registration as it is stored, with an index that learns its link. */
const setUp = async (...more: { type: string; data: object }[]) => {
  const store = memoryEventStore(() => now);
  const events = [{ type: "RegistrationCompleted", data: registration }, ...more];
  const metadata = { service: "registration" };
  const proposed = events.map((event, i) => ({ ...event, id: `event-${i}`, metadata }));
  await store.append("registration-r-1", proposed, "no_stream");
  let link: string | undefined;
  const index = {
    linkOfRegistration: () => link,
    remember: () => {
      link = "BRQ0001";
    },
  } as unknown as LinkIndex;
  let asked = 0;
  const createRequest = async () => {
    asked++;
    return { id: "BRQ0001", status: "open", feePence: 4_500, mandate: true };
  };
  const provider = { createRequest } as unknown as PaymentProvider;
  const calledOff = { has: () => undefined };
  const log = createLogger("test", "silent");
  const catchUp = createTokenCatchUp({ store, index, calledOff, provider, log, runtime: { now: () => now } });
  const stored = await store.read("registration-r-1");
  const look = async () => {
    const done: boolean[] = [];
    for (const event of stored) done.push(await catchUp(event as Parameters<typeof catchUp>[0]));
    return done;
  };
  const types = async () => (await store.read("payment-BRQ0001")).map(({ type }) => type);
  return { look, types, asked: () => asked, give: (id: string) => (link = id), store };
};

test("a registration without a token gets it, once", async () => {
  const { look, types, asked } = await setUp();
  expect(await look()).toEqual([true]);
  expect(await types()).toContain("PaymentTokenCreated");
  expect(await look()).toEqual([false]);
  expect(asked()).toBe(1);
});

test("one that was refused waits for an operator, and one that is called off gets none", async () => {
  const refusal = { registrationId: "r-1", code: "validation_failed", reason: "too large", refusedAt: at };
  const refused = await setUp({ type: "PaymentTokenRefused", data: refusal });
  expect(await refused.look()).toEqual([false, false]);
  const cancelled = await setUp({ type: "RegistrationCancelled", data: { registrationId: "r-1", cancelledAt: at } });
  expect(await cancelled.look()).toEqual([false, false]);
  expect([refused.asked(), cancelled.asked()]).toEqual([0, 0]);
});

test("a cancellation that was not carried out closes the link, once", async () => {
  const { look, types, give, store } = await setUp({
    type: "RegistrationCancelled",
    data: { registrationId: "r-1", cancelledAt: at },
  });
  const token = {
    billingRequestId: "BRQ0001",
    registrationId: "r-1",
    origin: "created",
    feePence: 4_500,
    mandate: true,
    monthlyFeePence: 2_750,
    preferredPaymentDay: 1,
    season: "2627",
    createdAt: at,
  };
  const metadata = { service: "payment-link" };
  await store.append("payment-BRQ0001", [{ id: "t", type: "PaymentTokenCreated", data: token, metadata }], "no_stream");
  give("BRQ0001");
  expect(await look()).toEqual([false, true]);
  expect(await types()).not.toEqual(["PaymentTokenCreated"]);
  expect(await look()).toEqual([false, false]);
});
