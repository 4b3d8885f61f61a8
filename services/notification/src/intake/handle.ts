import {
  type Category,
  contentOf,
  type PaymentEvent,
  pounds,
  RESEND_INTERVAL_MS,
  type RegistrationEvent,
} from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { londonDay, quietUntil } from "@touchline/london";
import type { Delivery, EventMessage, Settlement } from "@touchline/messaging";
import { decodeEventMessage } from "@touchline/messaging";
import type { Facts } from "../dispatch/facts.ts";
import type { LoggedText } from "../dispatch/texts.ts";
import { feesFrom, type LinkContext } from "../sms/context.ts";
import type { Text } from "../sms/state.ts";
import type { Wanted } from "./compose.ts";
import type { EraseTexts } from "./erase.ts";
import type { RequestCause, RequestText } from "./request.ts";
import type { ApplyWish, TextsWish, WishEvent } from "./texts-wish.ts";

export interface IntakeOptions {
  readonly facts: Facts;
  readonly request: RequestText;
  readonly eraseTexts: EraseTexts;
  readonly applyWish: ApplyWish;
  readonly confirmation: boolean;
  /** Whether a text says that a mandate ended. */
  readonly mandateGone: boolean;
  readonly now: () => Date;
  /** Called for every event that asks for something, with when it was stored. */
  readonly onSeen?: (created: Date) => void;
}

type DataOf<E extends { type: string; data: unknown }, T extends E["type"]> = Extract<E, { type: T }>["data"];

/** How long to wait for a first text that may be about to be requested: deliveries at about 0, ¼, ¾, 1¾, 3¾ and 7¾ seconds. */
const DELIVERIES_BEFORE_NO_TEXT = 6;
/** Later than this, for example when old events are redelivered, a confirmation would only puzzle the parent. */
const CONFIRM_WITHIN_MS = 72 * 3_600_000;

/** For this long after a payment, its confirmation is an answer, and is sent even at night. */
const ANSWER_WITHIN_MS = 3_600_000;

/** Turns events of registrations and payments into texts. A second delivery decides nothing. */
export const createIntake = (options: IntakeOptions) => {
  return async (delivery: Delivery): Promise<Settlement> => {
    // Most events are for other services, or our own: they are skipped undecoded.
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
  "MonthlyStatusChanged",
  "PaymentLinkResendRequested",
  "ReminderRequested",
  "ParentPhoneCorrected",
  "RegistrationErased",
  "TextsStopped",
  "TextsWishRecorded",
] as const;

/** Does what a stored event asks for if its message never came. True if there was work left. */
export const createTextCatchUp = (options: IntakeOptions) => {
  return async (event: StoredEvent): Promise<boolean> => {
    if (event.type === "PaymentTokenCreated") {
      // Nearly all are done, and one read shows it.
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
    const applyWish: ApplyWish = async (...args) => {
      const result = await options.applyWish(...args);
      leftToDo ||= result === "changed";
      return result;
    };
    const [category] = event.stream.split("-", 1);
    const { $correlationId: correlationId, traceparent } = event.metadata;
    const message = { ...event, category: category as Category, correlationId, traceparent };
    await handlers[event.type]?.({ ...options, request, eraseTexts, applyWish }, message, DELIVERIES_BEFORE_NO_TEXT);
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

const textReopened: Handler = async (options, event) => {
  const { facts, request } = options;
  const data = event.data as DataOf<PaymentEvent, "PaymentLinkReopened">;
  const { registrationId, billingRequestId, count } = data;
  // The club has agreed this with the parent.
  if (data.amended) return "done";
  // If only the mandate is asked for again, no payment has failed, so the usual text would be wrong.
  if (data.feePence === 0) return textMissed(options, event, 0);
  const { status, statusSince } = (await facts.link(billingRequestId, event.revision)) ?? {};
  const why = status === "charged_back" || status === "pending" ? status : "failed";
  if (why !== "pending" && statusSince !== undefined && !isNews(statusSince, options.now())) return "done";
  const wanted = { registrationId, billingRequestId, purpose: "reopened", count } as const;
  await request({ ...wanted, why, rest: pounds(data.feePence) }, event);
  return "done";
};

/** What the club learns later than this is on the board, and nobody is texted about it. */
const NEWS_FOR_MS = 7 * 86_400_000;
const isNews = (at: string | undefined, now: Date): boolean =>
  at !== undefined && now.getTime() - Date.parse(at) <= NEWS_FOR_MS;

const textMissed: Handler = async ({ facts, request, now }, event) => {
  const data = event.data as DataOf<PaymentEvent, "PaymentLinkReopened">;
  const { registrationId, billingRequestId, count, months = [], missedAt } = data;
  if (!isNews(missedAt, now())) return "done";
  // The amount changed because one of the months was paid: no new month was missed.
  const asked = (await facts.link(billingRequestId, event.revision - 1n))?.monthsAsked ?? [];
  if (months.every((month) => asked.includes(month))) return "done";
  await request({ registrationId, billingRequestId, purpose: "month_missed", count }, event);
  return "done";
};

const textMandateGone: Handler = async ({ request, mandateGone, now }, event) => {
  const data = event.data as DataOf<PaymentEvent, "MonthlyStatusChanged">;
  const { registrationId, billingRequestId, mandate, mandateGoneAt, behindPence, mandatesGone: count } = data;
  // A missed month has its own text, and its link asks for the mandate too.
  if (!mandateGone || mandate !== "gone" || behindPence > 0 || !isNews(mandateGoneAt, now())) return "done";
  await request({ registrationId, billingRequestId, purpose: "mandate_gone", count }, event);
  return "done";
};

const confirm: Handler = async ({ facts, request, confirmation, now }, event) => {
  const { registrationId, billingRequestId, status, since } = event.data as DataOf<
    PaymentEvent,
    "PaymentStatusChanged"
  >;
  if (!confirmation || status !== "paid" || now().getTime() - event.created.getTime() > CONFIRM_WITHIN_MS)
    return "done";
  // The link as of this event, so that a redelivery gets the same count.
  const link = await facts.link(billingRequestId, event.revision);
  // Money that went back and returned, as after a charge-back that was won, was confirmed before.
  if (!link?.newlyPaid || !isNews(since, now())) return "done";
  const wanted = { registrationId, billingRequestId, purpose: "confirmation", count: link.reopenings } as const;
  // If we learn of a payment late, the parent is not waiting for an answer.
  const waits = now().getTime() - Date.parse(since) > ANSWER_WITHIN_MS;
  await request(
    { ...wanted, ...confirmationWords(link, since), notBefore: waits ? quietUntil(now()) : undefined },
    event,
  );
  return "done";
};

const confirmationWords = (link: LinkContext, since: string): Pick<Wanted, "fees" | "asksMandate"> => ({
  fees: feesFrom(londonDay(since), link),
  // A parent who paid in cash has never been to GoCardless.
  asksMandate: link.monthly !== undefined && !link.pageFinished,
});

/** The first text names the link. Without it there is nothing to resend, and when it comes it goes to the right number. */
const firstText = async (
  { facts }: IntakeOptions,
  registrationId: string,
  deliveries: number,
): Promise<LoggedText | Settlement> => {
  const first = await facts.text(registrationId, "payment_link", 0);
  return first ?? (deliveries < DELIVERIES_BEFORE_NO_TEXT ? "later" : "done");
};

/** Later than this, a text that somebody asked for would come out of the blue. */
const ASKED_WITHIN_MS = 48 * 3_600_000;

/** Somebody asked for a text that repeats the first one. If the first one was requested only afterwards, it is the answer. */
const linkAskedFor = async (
  options: IntakeOptions,
  { data, created, position }: EventMessage,
  deliveries: number,
): Promise<LoggedText | Settlement> => {
  if (options.now().getTime() - created.getTime() > ASKED_WITHIN_MS) return "done";
  const { registrationId } = data as { registrationId: string };
  const first = await firstText(options, registrationId, deliveries);
  return typeof first !== "string" && first.position > position ? "done" : first;
};

const resend: Handler = async (options, event, deliveries) => {
  const { facts, request, now } = options;
  const { registrationId, count } = event.data as DataOf<RegistrationEvent, "PaymentLinkResendRequested">;
  const first = await linkAskedFor(options, event, deliveries);
  if (typeof first === "string") return first;
  const { billingRequestId } = first;
  const registration = await facts.registration(registrationId);
  if (!registration) return "later";
  const texts = await facts.texts(registrationId, registration, await facts.link(billingRequestId));
  const resends = texts.filter((t) => t.to === registration.phone && t.purpose === "resend");
  const notBefore = afterInterval(resends, now());
  const wanted = { registrationId, billingRequestId, purpose: "resend", count } as const;
  await request({ ...wanted, ...(notBefore && { notBefore }) }, event);
  return "done";
};

const remind: Handler = async (options, event, deliveries) => {
  const { registrationId, count } = event.data as DataOf<RegistrationEvent, "ReminderRequested">;
  const first = await linkAskedFor(options, event, deliveries);
  if (typeof first === "string") return first;
  const { billingRequestId } = first;
  await options.request({ registrationId, billingRequestId, purpose: "asked_reminder", count }, event);
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

const settleWish = async ({ applyWish }: IntakeOptions, wish: TextsWish, event: WishEvent): Promise<Settlement> =>
  (await applyWish(wish, event)) === "unknown_registration" ? "later" : "done";

const stopByLink: Handler = (options, event) => {
  const { registrationId } = event.data as DataOf<PaymentEvent, "TextsStopped">;
  return settleWish(options, { registrationId, wanted: false, via: "link" }, event);
};

const wishOfClub: Handler = (options, event) => {
  const { registrationId, wanted } = event.data as DataOf<RegistrationEvent, "TextsWishRecorded">;
  return settleWish(options, { registrationId, wanted, via: "club" }, event);
};

/**
 * Texts the current number what the link asks for, unless a text that says so has gone there or is about to. Each number gets one,
 * however often the parent switches back and forth. If nothing is asked for, it gets the confirmation that still waits to go to
 * another number.
 */
export const textNewNumber = async (
  facts: Facts,
  request: RequestText,
  { registrationId, billingRequestId }: Text,
  cause: RequestCause,
): Promise<void> => {
  const [registration, link] = await Promise.all([facts.registration(registrationId), facts.link(billingRequestId)]);
  if (!registration || registration.corrections === 0) return;
  const wanted = {
    registrationId,
    billingRequestId,
    purpose: "corrected_phone",
    count: registration.corrections,
  } as const;
  const confirmation = link && (await waitingConfirmation(facts, registration.phone, registrationId, link));
  if (confirmation) return void (await request({ ...wanted, ...confirmation }, cause));
  const texts = await facts.texts(registrationId, registration, link);
  const about = link && besidesFee(link);
  // Texts that went there before months were missed or the mandate ended did not say so.
  const since = texts.findLast(({ purpose }) => purpose === about)?.requestedAt ?? "";
  const hasIt = texts.some(
    (t) =>
      t.to === registration.phone &&
      contentOf(t) !== "confirmation" &&
      t.status !== "withdrawn" &&
      t.requestedAt >= since,
  );
  if (!hasIt) await request({ ...wanted, ...(about && { about }) }, cause);
};

const waitingConfirmation = async (
  facts: Facts,
  phone: string,
  registrationId: string,
  link: LinkContext,
): Promise<Partial<Wanted> | undefined> => {
  if (link.owed || link.statusSince === undefined) return undefined;
  const waiting = await facts.text(registrationId, "confirmation", link.reopenings);
  if (!waiting || waiting.to === phone || waiting.status !== "ready") return undefined;
  const { notBefore } = waiting;
  const words = confirmationWords(link, link.statusSince);
  return { about: "confirmation", ...words, ...(notBefore && { notBefore: new Date(notBefore) }) };
};

/** What the link asks for when the fee is paid. */
const besidesFee = ({ owed, behind, mandateGone }: LinkContext): NonNullable<Wanted["about"]> | undefined => {
  if (owed) return undefined;
  if (behind) return "month_missed";
  return mandateGone ? "mandate_gone" : undefined;
};

const handlers: Readonly<Record<string, Handler>> = {
  PaymentTokenCreated: textLink,
  PaymentLinkReopened: textReopened,
  PaymentStatusChanged: confirm,
  MonthlyStatusChanged: textMandateGone,
  PaymentLinkResendRequested: resend,
  ReminderRequested: remind,
  ParentPhoneCorrected: textCorrectedPhone,
  RegistrationErased: erase,
  TextsStopped: stopByLink,
  TextsWishRecorded: wishOfClub,
};

/** Undefined if the last resend was long enough ago. The first resend need not wait. */
const afterInterval = (texts: readonly Text[], now: Date): Date | undefined => {
  const startedAt = texts.map((t) => Date.parse(t.attempts.at(-1)?.startedAt ?? "1970-01-01"));
  // The clock may have been ahead: a time later than now counts as now.
  const last = Math.min(Math.max(0, ...startedAt), now.getTime());
  return last + RESEND_INTERVAL_MS > now.getTime() ? new Date(last + RESEND_INTERVAL_MS) : undefined;
};
