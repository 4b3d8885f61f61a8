import {
  isSnoozed,
  type PaymentEvent,
  type RegistrationEvent,
  reminderCount,
  smsIdOf,
  type TextPurpose,
} from "@touchline/contracts";
import { type EventStore, type StreamsWith, traceOf } from "@touchline/event-store";
import { quietUntil } from "@touchline/london";
import { type Circumstances, respectsQuietHours } from "../sms/circumstances.ts";
import { evolveLink, evolveRegistration, type LinkContext, type RegistrationContext } from "../sms/context.ts";
import { type AboutText, comparedWithOthers, refusedNumbers } from "../sms/other-texts.ts";
import type { ProviderWords } from "../sms/provider.ts";
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
