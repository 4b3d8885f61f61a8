import { type Category, type PaymentEvent, RESEND_INTERVAL_MS, type RegistrationEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Delivery, EventMessage, Settlement } from "@touchline/messaging";
import { decodeEventMessage } from "@touchline/messaging";
import type { Facts } from "../dispatch/facts.ts";
import type { Text } from "../sms/state.ts";
import type { EraseTexts } from "./erase.ts";
import type { RequestCause, RequestText } from "./request.ts";

export interface IntakeOptions {
  readonly facts: Facts;
  readonly request: RequestText;
  readonly eraseTexts: EraseTexts;
  readonly confirmation: boolean;
  readonly now: () => Date;
  /** Every event that asks for something, with when it was stored. */
  readonly onSeen?: (created: Date) => void;
}

type DataOf<E extends { type: string; data: unknown }, T extends E["type"]> = Extract<E, { type: T }>["data"];

/** Waits for a first text that may be about to be requested: deliveries at about 0, ¼, ¾, 1¾, 3¾ and 7¾ seconds. */
const DELIVERIES_BEFORE_NO_TEXT = 6;
/** Later than this, as when old events are delivered again, a confirmation would only puzzle the parent. */
const CONFIRM_WITHIN_MS = 72 * 3_600_000;

/** From events of registrations and payments to texts. Delivered twice, it decides nothing. */
export const createIntake = (options: IntakeOptions) => {
  return async (delivery: Delivery): Promise<Settlement> => {
    // Most events concern others, or are our own: they are not even decoded.
    const handler = handlers[delivery.subject.split(".")[2] ?? ""];
    if (!handler) return "done";
    const event = decodeEventMessage(delivery);
    if (event) options.onSeen?.(event.created);
    return event ? handler(options, event, delivery.deliveries) : "poison";
  };
};

/** Events that ask for texts, or for their end. */
export const askingTypes = [
  "PaymentTokenCreated",
  "PaymentLinkReopened",
  "PaymentStatusChanged",
  "PaymentLinkResendRequested",
  "ParentPhoneCorrected",
  "RegistrationErased",
] as const;

/** Does what a stored event asks for and no message has brought. True when something was left to do. */
export const createTextCatchUp = (options: IntakeOptions) => {
  return async (event: StoredEvent): Promise<boolean> => {
    if (event.type === "PaymentTokenCreated") {
      // Nearly all of them are done: one read says so.
      if (await options.facts.text(event.data.registrationId, "payment_link", 0)) return false;
    }
    let leftToDo = false;
    const request: RequestText = async (...args) => {
      const result = await options.request(...args);
      leftToDo ||= result === "requested";
      return result;
    };
    const eraseTexts: EraseTexts = async (...args) => {
      const erased = await options.eraseTexts(...args);
      leftToDo ||= erased;
      return erased;
    };
    const [category] = event.stream.split("-", 1);
    const { $correlationId: correlationId, traceparent } = event.metadata;
    const message = { ...event, category: category as Category, correlationId, traceparent };
    await handlers[event.type]?.({ ...options, request, eraseTexts }, message, DELIVERIES_BEFORE_NO_TEXT);
    return leftToDo;
  };
};

type Handler = (options: IntakeOptions, event: EventMessage, deliveries: number) => Promise<Settlement>;

const textLink: Handler = async ({ request }, event) => {
  const { registrationId, billingRequestId, origin } = event.data as DataOf<PaymentEvent, "PaymentTokenCreated">;
  const linkIsNew = origin === "created";
  const wanted = { registrationId, billingRequestId, purpose: "payment_link", count: 0, linkIsNew } as const;
  const result = await request(wanted, event);
  return result === "unknown_registration" ? "later" : "done";
};

const textReopened: Handler = async ({ request }, event) => {
  const data = event.data as DataOf<PaymentEvent, "PaymentLinkReopened">;
  const { registrationId, billingRequestId, count } = data;
  // Only the mandate is asked for again: no payment has failed, so the text would be wrong.
  if (data.feePence === 0) return "done";
  await request({ registrationId, billingRequestId, purpose: "reopened", count }, event);
  return "done";
};

const confirm: Handler = async ({ facts, request, confirmation, now }, event) => {
  const { registrationId, billingRequestId, status } = event.data as DataOf<PaymentEvent, "PaymentStatusChanged">;
  if (!confirmation || status !== "paid" || now().getTime() - event.created.getTime() > CONFIRM_WITHIN_MS)
    return "done";
  // As it was at this event: a redelivery counts the same.
  const link = await facts.link(billingRequestId, event.revision);
  await request({ registrationId, billingRequestId, purpose: "confirmation", count: link?.reopenings ?? 0 }, event);
  return "done";
};

/** The first text names the link; without one there is none to send again, and the one to come goes to the right number. */
const firstText = async (
  { facts }: IntakeOptions,
  registrationId: string,
  deliveries: number,
): Promise<Text | Settlement> => {
  const first = await facts.text(registrationId, "payment_link", 0);
  return first ?? (deliveries < DELIVERIES_BEFORE_NO_TEXT ? "later" : "done");
};

const resend: Handler = async (options, event, deliveries) => {
  const { facts, request, now } = options;
  const { registrationId, count } = event.data as DataOf<RegistrationEvent, "PaymentLinkResendRequested">;
  const first = await firstText(options, registrationId, deliveries);
  if (typeof first === "string") return first;
  const { billingRequestId } = first;
  const registration = await facts.registration(registrationId);
  if (!registration) return "later";
  const reopenings = (await facts.link(billingRequestId))?.reopenings ?? 0;
  const texts = await facts.texts(registrationId, registration, reopenings);
  const resends = texts.filter((t) => t.to === registration.phone && t.purpose === "resend");
  const notBefore = afterInterval(resends, now());
  const wanted = { registrationId, billingRequestId, purpose: "resend", count } as const;
  await request({ ...wanted, ...(notBefore && { notBefore }) }, event);
  return "done";
};

const textCorrectedPhone: Handler = async (options, event, deliveries) => {
  const { registrationId } = event.data as DataOf<RegistrationEvent, "ParentPhoneCorrected">;
  const first = await firstText(options, registrationId, deliveries);
  if (typeof first === "string") return first;
  await textNewNumber(options.facts, options.request, first, event);
  return "done";
};

const erase: Handler = async ({ eraseTexts }, event) => {
  await eraseTexts(event.data as DataOf<RegistrationEvent, "RegistrationErased">, event);
  return "done";
};

/**
 * Texts the link to the current number, unless a text with it has gone there or is about to: a number gets one, however often
 * the parent changes it back and forth.
 */
export const textNewNumber = async (
  facts: Facts,
  request: RequestText,
  { registrationId, billingRequestId }: Text,
  cause: RequestCause,
): Promise<void> => {
  const [registration, link] = await Promise.all([facts.registration(registrationId), facts.link(billingRequestId)]);
  if (!registration || registration.corrections === 0) return;
  const texts = await facts.texts(registrationId, registration, link?.reopenings ?? 0);
  const hasIt = texts.some(
    (t) => t.to === registration.phone && t.purpose !== "confirmation" && t.status !== "withdrawn",
  );
  if (hasIt) return;
  const count = registration.corrections;
  await request({ registrationId, billingRequestId, purpose: "corrected_phone", count }, cause);
};

const handlers: Readonly<Record<string, Handler>> = {
  PaymentTokenCreated: textLink,
  PaymentLinkReopened: textReopened,
  PaymentStatusChanged: confirm,
  PaymentLinkResendRequested: resend,
  ParentPhoneCorrected: textCorrectedPhone,
  RegistrationErased: erase,
};

/** Undefined when the last resend is long enough ago; the first one follows the first text at once. */
const afterInterval = (texts: readonly Text[], now: Date): Date | undefined => {
  const startedAt = texts.map((t) => Date.parse(t.attempts.at(-1)?.startedAt ?? "1970-01-01"));
  // The clock may have been ahead: what it says is later than now is now.
  const last = Math.min(Math.max(0, ...startedAt), now.getTime());
  return last + RESEND_INTERVAL_MS > now.getTime() ? new Date(last + RESEND_INTERVAL_MS) : undefined;
};
