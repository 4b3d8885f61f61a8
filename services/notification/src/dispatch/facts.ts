import {
  ASKED_REMINDERS_MAX,
  CORRECTIONS_MAX,
  contentOf,
  isSnoozed,
  type PaymentEvent,
  RESENDS_MAX,
  type RegistrationEvent,
  reminderCount,
  smsIdOf,
  type TextPurpose,
} from "@touchline/contracts";
import { type EventStore, type StreamsWith, traceOf } from "@touchline/event-store";
import { londonDay, quietUntil } from "@touchline/london";
import { type Circumstances, isReminder, respectsQuietHours } from "../sms/circumstances.ts";
import { evolveLink, evolveRegistration, type LinkContext, type RegistrationContext } from "../sms/context.ts";
import { numberProblemOf, type ProviderWords } from "../sms/provider.ts";
import type { Text } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { LoggedText, Texts } from "./texts.ts";

/** What other streams and the registration's other texts say now. */
export interface Facts {
  /** Only events up to `position`, if given: what was known at that moment. */
  registration(registrationId: string, position?: bigint): Promise<TracedRegistration | undefined>;
  /** Only events up to `revision`, if given: a redelivered message sees what it saw the first time. */
  link(billingRequestId: string, revision?: bigint): Promise<LinkContext | undefined>;
  text(registrationId: string, purpose: TextPurpose, count: number): Promise<LoggedText | undefined>;
  /** Every text of a registration so far. */
  texts(
    registrationId: string,
    registration: RegistrationContext,
    link: LinkContext | undefined,
  ): Promise<LoggedText[]>;
  circumstances(
    text: AboutText & { readonly linkIsNew?: boolean },
  ): Promise<Circumstances & { readonly registration: TracedRegistration | undefined }>;
}

/** With the registration's own trace context. */
type TracedRegistration = RegistrationContext & { readonly traceparent?: string | undefined };

type AboutText = Pick<Text, "smsId" | "registrationId" | "billingRequestId" | "purpose" | "count"> &
  Partial<Pick<Text, "attempts" | "requestedAt" | "about">>;

export interface FactsOptions {
  readonly store: EventStore;
  readonly texts: Pick<Texts, "read">;
  readonly words: Pick<ProviderWords, "failureOf">;
  readonly suppression: SuppressionList;
  /** Links that have changed: their first event no longer says all that a text needs. */
  readonly changedLinks: Pick<StreamsWith, "has">;
  readonly reminders: number;
  readonly now: () => Date;
}

export const createFacts = (options: FactsOptions): Facts => {
  const { store, suppression, changedLinks, reminders, now } = options;

  const registration: Facts["registration"] = async (id, position) => {
    const events = await store.read<RegistrationEvent>(`registration-${id}`);
    const seen = events.filter((e) => position === undefined || e.position <= position);
    const found = seen.reduce<RegistrationContext | undefined>(evolveRegistration, undefined);
    return found && { ...found, traceparent: traceOf(events) };
  };

  const link: Facts["link"] = async (id, revision) => {
    const events = await store.read<PaymentEvent>(`payment-${id}`);
    const seen = events.filter((e) => revision === undefined || e.revision <= revision);
    return seen.reduce<LinkContext | undefined>(evolveLink, undefined);
  };

  const text = createReadText(options.texts);

  const texts: Facts["texts"] = async (registrationId, { corrections, resends, askedReminders }, link) => {
    const { reopenings = 0, mandatesGone = 0 } = link ?? {};
    const upTo = (purpose: TextPurpose, last: number, before = 0) =>
      Array.from({ length: Math.min(last, 20) }, (_, i) => text(registrationId, purpose, before + i + 1));
    const rounds = Array.from({ length: Math.min(reopenings, 20) + 1 }, (_, round) => reminderCount(round, 0));
    const found = await Promise.all([
      text(registrationId, "payment_link", 0),
      ...upTo("reopened", reopenings),
      ...upTo("month_missed", reopenings),
      ...upTo("mandate_gone", mandatesGone),
      ...upTo("corrected_phone", corrections),
      ...upTo("resend", resends),
      ...upTo("asked_reminder", askedReminders),
      ...rounds.flatMap((before) => upTo("reminder", reminders, before)),
    ]);
    return found.filter((t) => t !== undefined);
  };

  const circumstances: Facts["circumstances"] = async (about) => {
    const untouched = about.linkIsNew && changedLinks.has(`payment-${about.billingRequestId}`) === false;
    const [found, payment] = await Promise.all([
      registration(about.registrationId),
      untouched ? undefined : link(about.billingRequestId),
    ]);
    // The first attempt of the first text has no others to check, and a parent is waiting for it.
    const alone = about.purpose === "payment_link" && !about.attempts?.length;
    const night = quietUntil(now()) !== undefined;
    const [optedOut, others] = await Promise.all([
      found ? suppression.isOptedOut(found.phone) : false,
      found && !alone ? texts(about.registrationId, found, payment) : [],
    ]);
    return {
      registration: found,
      phone: found?.phone ?? "",
      registrationCancelled: found?.cancelled ?? false,
      payment: payment?.status ?? "pending",
      owed: payment?.owed ?? true,
      behind: payment?.behind ?? false,
      mandateGone: payment?.mandateGone ?? false,
      optedOut,
      snoozed: isSnoozed(found?.snoozedUntil, now()),
      quiet: night && respectsQuietHours(about.purpose),
      refusedNumbers: refusedNumbers(others, options.words.failureOf),
      ...comparedWithOthers(about, found?.phone ?? "", others, now(), night),
    };
  };

  return { registration, link, text, texts, circumstances };
};

const createReadText =
  (texts: Pick<Texts, "read">): Facts["text"] =>
  async (registrationId, purpose, count) =>
    (await texts.read(smsIdOf(registrationId, purpose, count))).text;

/** Above these counts, no text is sent. */
const LIMITS: Readonly<Partial<Record<TextPurpose, number>>> = {
  resend: RESENDS_MAX,
  asked_reminder: ASKED_REMINDERS_MAX,
  corrected_phone: CORRECTIONS_MAX,
};

const comparedWithOthers = (about: AboutText, phone: string, all: readonly LoggedText[], now: Date, night: boolean) => {
  const others = all.filter((t) => t.smsId !== about.smsId);
  const lastAttempt = about.attempts?.at(-1)?.startedAt;
  const sameLink = others.filter((t) => t.to === phone && contentOf(t) !== "confirmation");
  // A corrected number gets the link once, though several corrections may ask for it at the same moment.
  const isFirstTry = about.purpose === "corrected_phone" && !about.attempts?.length;
  const saysTheSame = (t: Text) => about.about === undefined || t.about === about.about;
  const rivals = isFirstTry ? sameLink.filter((t) => t.status !== "withdrawn" && saysTheSame(t)) : [];
  const ownPosition = all.find((t) => t.smsId === about.smsId)?.position ?? -1n;
  return {
    anotherWaits:
      about.purpose !== "confirmation" &&
      about.purpose !== "corrected_phone" &&
      sameLink.some(
        (t) =>
          t.status === "ready" &&
          !isReminder(t.purpose) &&
          // A text that waits for the morning does not hold back an answer.
          !(night && respectsQuietHours(t.purpose)) &&
          Object.keys(t.messages).length === 0 &&
          (about.requestedAt === undefined || t.requestedAt < about.requestedAt),
      ),
    anotherFirst: rivals.some((t) => !hasGone(t) && t.position < ownPosition),
    anotherWent:
      rivals.some(hasGone) ||
      sameLink.some((t) => isLaterReminder(about, t) || isReminderOfToday(about, t, now)) ||
      (lastAttempt !== undefined &&
        contentOf(about) !== "confirmation" &&
        sameLink.some((t) => (t.attempts.at(-1)?.startedAt ?? "") > lastAttempt && isOnItsWay(t))),
    overLimit: about.count > (LIMITS[about.purpose] ?? Number.POSITIVE_INFINITY),
  };
};

const hasGone = ({ status, attempts }: Text): boolean => status !== "ready" || attempts.length > 0;

/** If both were held back, perhaps for days, the parent gets only the last one. */
const isLaterReminder = (about: AboutText, { purpose, count }: Text): boolean =>
  about.purpose === "reminder" && purpose === "reminder" && count > about.count;

/** A family gets one reminder a day. Whether an operator asked for it or it was due by itself, the first one replaces the other. */
const isReminderOfToday = (about: AboutText, other: Text, now: Date): boolean => {
  if (!isReminder(about.purpose) || !isReminder(other.purpose) || about.purpose === other.purpose) return false;
  const triedAt = other.attempts.at(-1)?.startedAt;
  if (triedAt !== undefined && isOnItsWay(other)) return londonDay(triedAt) === londonDay(now);
  return other.status === "ready" && (about.requestedAt === undefined || other.requestedAt < about.requestedAt);
};

/** Numbers refused for good. Opt-outs and phones that were off do not count: both can change. */
const refusedNumbers = (all: readonly Text[], classify: ProviderWords["failureOf"]): string[] => {
  const wasRefused = ({ status, closed, messages }: Text) =>
    status !== "delivered" &&
    [closed?.as === "rejected" ? closed.code : undefined, ...Object.values(messages).map((m) => m.errorCode)].some(
      (code) => code !== undefined && numberProblemOf(classify(code).failure) === "refused",
    );
  return all.filter(wasRefused).map((t) => t.to);
};

const isOnItsWay = ({ status }: Text): boolean =>
  status === "attempting" ||
  status === "unknown" ||
  status === "accepted" ||
  status === "sent" ||
  status === "delivered";
