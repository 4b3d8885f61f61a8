import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger } from "@touchline/service";
import { expect, test } from "vitest";
import { createSeasons } from "../follow-up/season.ts";
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

/** A stored registration, with an index that learns its link. */
const setUp = async (...more: { type: string; data: object }[]) => storedAs(registration, ...more);

const storedAs = async (data: Registration, ...more: { type: string; data: object }[]) => {
  const store = memoryEventStore(() => now);
  const events = [{ type: "RegistrationCompleted", data }, ...more];
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
  const changed = { has: () => undefined };
  const log = createLogger("test", "silent");
  const seasons = createSeasons({}, () => now);
  const catchUp = createTokenCatchUp({ store, index, changed, provider, seasons, log, runtime: { now: () => now } });
  const stored = await store.read("registration-r-1");
  const look = async (from = 0) => {
    const done: boolean[] = [];
    for (const event of stored.slice(from)) done.push(await catchUp(event as Parameters<typeof catchUp>[0]));
    return done;
  };
  const types = async () => (await store.read("payment-BRQ0001")).map(({ type }) => type);
  return { look, types, asked: () => asked, give: (id: string) => (link = id), store };
};

test("a registration without a token gets one, once", async () => {
  const { look, types, asked } = await setUp();
  expect(await look()).toEqual([true]);
  expect(await types()).toContain("PaymentTokenCreated");
  expect(await look()).toEqual([false]);
  expect(asked()).toBe(1);
});

test("a held registration gets none before its release, and then one", async () => {
  const held = { ...registration, possibleDuplicateOf: "r-0" };
  const waiting = await storedAs(held);
  expect(await waiting.look()).toEqual([false]);
  expect(waiting.asked()).toBe(0);
  const release = { type: "RegistrationReleased", data: { registrationId: "r-1", releasedAt: at } };
  const released = await storedAs(held, release);
  // The registration itself had already been looked at when it was released.
  expect(await released.look(1)).toEqual([true]);
  expect(await released.types()).toContain("PaymentTokenCreated");
  expect(await released.look()).toEqual([false, false]);
  expect(released.asked()).toBe(1);
});

test("a refused registration waits for an operator, and a cancelled one gets none", async () => {
  const refusal = { registrationId: "r-1", code: "validation_failed", reason: "too large", refusedAt: at };
  const refused = await setUp({ type: "PaymentTokenRefused", data: refusal });
  expect(await refused.look()).toEqual([false, false]);
  const cancelled = await setUp({ type: "RegistrationCancelled", data: { registrationId: "r-1", cancelledAt: at } });
  expect(await cancelled.look()).toEqual([false, false]);
  expect([refused.asked(), cancelled.asked()]).toEqual([0, 0]);
});

test("an overlooked cancellation closes the link, once", async () => {
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

test("terms agreed before the link existed, or overlooked, apply to it, once", async () => {
  const terms = { monthlyFeePence: 2_000, preferredPaymentDay: 15, count: 1, amendedAt: at };
  const amended = { type: "MonthlyTermsAmended", data: { registrationId: "r-1", ...terms } };
  const early = await setUp(amended);
  expect(await early.look()).toEqual([true, false]);
  const [token, followed] = await early.store.read("payment-BRQ0001");
  expect(token?.data).toMatchObject({ monthlyFeePence: 2_000, preferredPaymentDay: 15 });
  expect(followed).toMatchObject({
    type: "PaymentLinkAmended",
    data: { billingRequestId: "BRQ0001", ...terms, monthlyFrom: "2026-09-15", monthlyUntil: "2027-05-15" },
  });
  const late = await setUp(amended);
  const metadata = { service: "payment-link" };
  const { amendedAt: _, count: __, ...asSubmitted } = { ...terms, monthlyFeePence: 2_750, preferredPaymentDay: 1 };
  const data = {
    billingRequestId: "BRQ0001",
    registrationId: "r-1",
    origin: "created",
    feePence: 4_500,
    mandate: true,
    season: "2627",
    createdAt: at,
    ...asSubmitted,
  };
  await late.store.append("payment-BRQ0001", [{ id: "t", type: "PaymentTokenCreated", data, metadata }], "no_stream");
  late.give("BRQ0001");
  expect(await late.look(1)).toEqual([true]);
  expect(await late.types()).toEqual(["PaymentTokenCreated", "PaymentLinkAmended"]);
  expect(await late.look(1)).toEqual([false]);
});
