import { type SmsEvent, smsIdOf } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { notificationConfig } from "../config.ts";
import { createTexts } from "../dispatch/texts.ts";
import { twilioWords } from "../twilio/words.ts";
import { createRequester } from "./request.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const now = () => NOW;
const { templates } = notificationConfig({
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t",
  TWILIO_PHONE_NUMBER: "+447700900999",
  PAYMENT_BASE_URL: "https://club.example",
});
const registration = {
  childFirstName: "Ann",
  phone: "+447700900123",
  acceptedAt: NOW.toISOString(),
  cancelled: false,
  erased: false,
  corrections: 0,
  resends: 0,
  askedReminders: 0,
};
const circumstances = {
  registration,
  phone: registration.phone,
  registrationCancelled: false,
  payment: "pending",
  owed: true,
  optedOut: false,
  refusedNumbers: [],
  anotherWaits: false,
  anotherWent: false,
  anotherFirst: false,
  behind: false,
  mandateGone: false,
  overLimit: false,
  snoozed: false,
  quiet: false,
} as const;

/** The stored request time of a text whose cause was stored at this time. */
const askedAt = async (created: Date) => {
  const store = memoryEventStore(now);
  const request = createRequester({
    texts: createTexts({ store, words: twilioWords, now }),
    facts: {
      registration: async () => registration,
      link: async () => undefined,
      text: async () => undefined,
      texts: async () => [],
      circumstances: async () => circumstances,
    },
    sender: { slot: () => undefined },
    wording: { templates, publicUrl: "https://club.example", nameEncoding: "keep", pricePerSegmentPence: 4 },
    now,
    lineUp: true,
    lostSince: async () => undefined,
  });
  const wanted = { registrationId: "r1", billingRequestId: "BRQ0001ABC", purpose: "payment_link", count: 0 } as const;
  expect(await request(wanted, { id: "e1", created })).toBe("requested");
  const [requested] = await store.read<SmsEvent>(`sms-${smsIdOf("r1", "payment_link", 0)}`);
  return requested?.type === "SmsRequested" ? requested.data.requestedAt : undefined;
};

test("a text's request time is that of its cause, but never later than now: the store's clock may be ahead", async () => {
  const before = new Date(NOW.getTime() - 5_000);
  expect(await askedAt(before)).toBe(before.toISOString());
  expect(await askedAt(new Date(NOW.getTime() + 30 * 3_600_000))).toBe(NOW.toISOString());
});
