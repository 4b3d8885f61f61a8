import { type PaymentEvent, RESEND_INTERVAL_MS, type RegistrationEvent, type TextPurpose } from "@touchline/contracts";
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
}

type DataOf<E extends { type: string; data: unknown }, T extends E["type"]> = Extract<E, { type: T }>["data"];

/** Waits for a first text that may be about to be requested: deliveries at about 0, ¼, ¾, 1¾, 3¾ and 7¾ seconds. */
const DELIVERIES_BEFORE_NO_TEXT = 6;
/** Later than this, as when old events are delivered again, a confirmation would only puzzle the parent. */
const CONFIRM_WITHIN_MS = 72 * 3_600_000;

/** From events of registrations and payments to texts. Delivered twice, it decides nothing. */
export const createIntake = ({ facts, request, eraseTexts, confirmation, now }: IntakeOptions) => {
  const paymentLink = async (event: EventMessage): Promise<Settlement> => {
    const { registrationId, billingRequestId, origin } = event.data as DataOf<PaymentEvent, "PaymentTokenCreated">;
    const linkIsNew = origin === "created";
    const wanted = { registrationId, billingRequestId, purpose: "payment_link", count: 0, linkIsNew } as const;
    const result = await request(wanted, event);
    return result === "unknown_registration" ? "later" : "done";
  };

  const reopened = async (event: EventMessage): Promise<Settlement> => {
    const data = event.data as DataOf<PaymentEvent, "PaymentLinkReopened">;
    const { registrationId, billingRequestId, count } = data;
    // Only the mandate is asked for again: no payment has failed, so the text would be wrong.
    if (data.feePence === 0) return "done";
    await request({ registrationId, billingRequestId, purpose: "reopened", count }, event);
    return "done";
  };

  const paid = async (event: EventMessage): Promise<Settlement> => {
    const { registrationId, billingRequestId, status } = event.data as DataOf<PaymentEvent, "PaymentStatusChanged">;
    if (!confirmation || status !== "paid" || now().getTime() - event.created.getTime() > CONFIRM_WITHIN_MS)
      return "done";
    // As it was at this event: a redelivery counts the same.
    const link = await facts.link(billingRequestId, event.revision);
    const count = link?.reopenings ?? 0;
    await request({ registrationId, billingRequestId, purpose: "confirmation", count }, event);
    return "done";
  };

  /** The first text names the link; without one there is none to send again, and the one to come goes to the right number. */
  const firstText = async (registrationId: string, deliveries: number): Promise<Text | Settlement> => {
    const first = await facts.text(registrationId, "payment_link", 0);
    return first ?? (deliveries < DELIVERIES_BEFORE_NO_TEXT ? "later" : "done");
  };

  const resend = async (event: EventMessage, deliveries: number): Promise<Settlement> => {
    const { registrationId, count } = event.data as DataOf<RegistrationEvent, "PaymentLinkResendRequested">;
    const first = await firstText(registrationId, deliveries);
    if (typeof first === "string") return first;
    const { billingRequestId } = first;
    const registration = await facts.registration(registrationId);
    if (!registration) return "later";
    const reopenings = (await facts.link(billingRequestId))?.reopenings ?? 0;
    const texts = await facts.texts(registrationId, registration, reopenings);
    const notBefore = afterGap(
      texts.filter((t) => t.to === registration.phone && t.purpose === "resend"),
      now(),
    );
    const wanted = { registrationId, billingRequestId, purpose: "resend" as TextPurpose, count };
    await request({ ...wanted, ...(notBefore && { notBefore }) }, event);
    return "done";
  };

  const corrected = async (event: EventMessage, deliveries: number): Promise<Settlement> => {
    const { registrationId } = event.data as DataOf<RegistrationEvent, "ParentPhoneCorrected">;
    const first = await firstText(registrationId, deliveries);
    if (typeof first === "string") return first;
    await textNewNumber(facts, request, first, event);
    return "done";
  };

  const erased = async (event: EventMessage): Promise<Settlement> => {
    await eraseTexts(event.data as DataOf<RegistrationEvent, "RegistrationErased">, event);
    return "done";
  };

  const handlers: Readonly<Record<string, (event: EventMessage, deliveries: number) => Promise<Settlement>>> = {
    PaymentTokenCreated: paymentLink,
    PaymentLinkReopened: reopened,
    PaymentStatusChanged: paid,
    PaymentLinkResendRequested: resend,
    ParentPhoneCorrected: corrected,
    RegistrationErased: erased,
  };

  return async (delivery: Delivery): Promise<Settlement> => {
    // Most events concern others, or are our own: they are not even decoded.
    const handler = handlers[delivery.subject.split(".")[2] ?? ""];
    if (!handler) return "done";
    const event = decodeEventMessage(delivery);
    return event ? handler(event, delivery.deliveries) : "poison";
  };
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

/** Undefined when the last resend is long enough ago; the first one follows the first text at once. */
const afterGap = (texts: readonly Text[], now: Date): Date | undefined => {
  const last = Math.max(0, ...texts.map((t) => Date.parse(t.attempts.at(-1)?.startedAt ?? "1970-01-01")));
  return last + RESEND_INTERVAL_MS > now.getTime() ? new Date(last + RESEND_INTERVAL_MS) : undefined;
};
