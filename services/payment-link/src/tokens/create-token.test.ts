import { memoryEventStore } from "@touchline/event-store/memory";
import { createLogger } from "@touchline/service";
import { expect, test } from "vitest";
import type { RequestReport } from "../payment/provider.ts";
import { giveToken, type Registration } from "./create-token.ts";

const now = new Date("2026-09-01T10:00:00Z");
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
  acceptedAt: now.toISOString(),
};

/** Only the stream knows. */
const calledOff = { has: () => undefined };

/** A GoCardless whose answers say this about every billing request. */
const tokenFor = async (answer: RequestReport, given = registration) => {
  const store = memoryEventStore(() => now);
  const provider = { createRequest: async () => answer, readRequest: async () => answer };
  const index = { linkOfRegistration: () => undefined, remember: () => {} };
  const log = createLogger("test", "silent");
  await giveToken({ store, index, calledOff, provider, log, runtime: { now: () => now } }, given, {
    service: "payment-link",
  });
  return (await store.read(`payment-${answer.id}`))[0]?.data;
};

test("the token has what GoCardless's answer asks for", async () => {
  const answer: RequestReport = { id: "BRQ0001", status: "open", feePence: 100, mandate: false };
  expect(await tokenFor(answer)).toMatchObject({ feePence: 100, mandate: false });
});

test("where its answer does not say, what we asked for does: a fee of nothing could never be charged back", async () => {
  const short: RequestReport = { id: "BRQ0001", status: "open" };
  expect(await tokenFor(short)).toMatchObject({ origin: "created", feePence: 4_500, mandate: true });
  const chats = { ...registration, billingRequestId: "BRQ0001", monthlyFeePence: 0 };
  expect(await tokenFor(short, chats)).toMatchObject({ origin: "adopted", feePence: 4_500, mandate: false });
});

test("a refusal that comes when the registration is erased by now is not recorded, and leaves no dead letter", async () => {
  const store = memoryEventStore(() => now);
  const erased = { registrationId: "r-1", resends: 0, corrections: 0, erasedAt: now.toISOString() };
  const createRequest = async () => {
    const event = { id: "e", type: "RegistrationErased", data: erased, metadata: { service: "registration" } };
    await store.append("registration-r-1", [event], "no_stream");
    return { refused: "validation_failed", reason: "amount is too large" };
  };
  const provider = { createRequest, readRequest: async () => undefined };
  const index = { linkOfRegistration: () => undefined, remember: () => {} };
  const log = createLogger("test", "silent");
  const options = { store, index, calledOff, provider, log, runtime: { now: () => now } };
  expect(await giveToken(options, registration, { service: "payment-link" })).toBe("cancelled");
  expect(await store.read("registration-r-1")).toHaveLength(1);
});
