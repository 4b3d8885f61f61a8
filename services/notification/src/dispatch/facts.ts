import type { SmsEvent } from "@touchline/contracts";
import { type EventStore, type StoredEvent, type StreamsWith, storyOf } from "@touchline/event-store";
import { type Circumstances, respectsQuietHours } from "../sms/circumstances.ts";
import { type Purpose, smsIdOf } from "../sms/id.ts";
import { classify } from "../sms/provider-codes.ts";
import { quietUntil } from "../sms/quiet-hours.ts";
import { evolve, isText, type SmsState, type Text } from "../sms/state.ts";
import { evolvePayment, evolveRegistration, type PaymentStory, type RegistrationStory } from "../sms/stories.ts";
import type { SuppressionList } from "../suppression/list.ts";

/** What the streams of others, and the other texts of a registration, say at this moment. */
export interface Facts {
  registration(registrationId: string): Promise<TracedStory | undefined>;
  /** Only events up to `revision`, when it is given: a redelivered message sees what it saw at first. */
  payment(billingRequestId: string, revision?: bigint): Promise<PaymentStory | undefined>;
  text(registrationId: string, purpose: Purpose, count: number): Promise<LoggedText | undefined>;
  /** Every text of a registration so far. */
  texts(registrationId: string, story: RegistrationStory, reopenings: number): Promise<LoggedText[]>;
  circumstances(
    text: AboutText & { readonly linkIsNew?: boolean },
  ): Promise<Circumstances & { readonly story: TracedStory | undefined }>;
}

/** With the trace context of the registration itself. */
type TracedStory = RegistrationStory & { readonly traceparent?: string | undefined };

/** With where in the log it was requested: the order that all instances agree on. */
type LoggedText = Text & { readonly position: bigint };

type AboutText = Pick<Text, "smsId" | "registrationId" | "billingRequestId" | "purpose" | "count"> &
  Partial<Pick<Text, "attempts" | "requestedAt">>;

export interface FactsOptions {
  readonly store: EventStore;
  readonly suppression: SuppressionList;
  /** Links with which something has happened that a text has to know of. */
  readonly changedLinks: Pick<StreamsWith, "has">;
  readonly reminders: number;
  readonly now: () => Date;
}

/** Resends and corrections that lead to a text; the registration service refuses more, and so do we. */
export const MAX_RESENDS = 5;
export const MAX_CORRECTIONS = 10;

export const createFacts = ({ store, suppression, changedLinks, reminders, now }: FactsOptions): Facts => {
  const registration: Facts["registration"] = async (id) => {
    const events = await store.read(`registration-${id}`);
    const story = fold(events, evolveRegistration as Evolve<RegistrationStory>);
    return story && { ...story, traceparent: storyOf(events) };
  };

  const payment: Facts["payment"] = async (id, revision) => {
    const events = await store.read(`payment-${id}`);
    const seen = revision === undefined ? events : events.filter((e) => e.revision <= revision);
    return fold(seen, evolvePayment as Evolve<PaymentStory>);
  };

  const text: Facts["text"] = async (registrationId, purpose, count) => {
    const events = await store.read(`sms-${smsIdOf(registrationId, purpose, count)}`);
    const state = events.reduce<SmsState>((s, e) => evolve(s, e as unknown as SmsEvent), { status: "absent" });
    return isText(state) ? { ...state, position: events[0]?.position ?? -1n } : undefined;
  };

  const texts: Facts["texts"] = async (registrationId, story, reopenings) => {
    const upTo = (purpose: Purpose, last: number) =>
      Array.from({ length: Math.min(last, 20) }, (_, i) => text(registrationId, purpose, i + 1));
    const found = await Promise.all([
      text(registrationId, "payment_link", 0),
      ...upTo("reopened", reopenings),
      ...upTo("corrected_phone", story.corrections),
      ...upTo("resend", story.resends),
      ...upTo("reminder", reminders),
    ]);
    return found.filter((t) => t !== undefined);
  };

  const circumstances: Facts["circumstances"] = async (about) => {
    const untouched = about.linkIsNew && changedLinks.has(`payment-${about.billingRequestId}`) === false;
    const [story, pay] = await Promise.all([
      registration(about.registrationId),
      untouched ? undefined : payment(about.billingRequestId),
    ]);
    // The first attempt of the first text has no others to look at, and a parent who is waiting for it.
    const alone = about.purpose === "payment_link" && !about.attempts?.length;
    const [optedOut, others] = await Promise.all([
      story ? suppression.isOptedOut(story.phone) : false,
      story && !alone ? texts(about.registrationId, story, pay?.reopenings ?? 0) : [],
    ]);
    return {
      story,
      phone: story?.phone ?? "",
      registrationCancelled: story?.cancelled ?? false,
      payment: pay?.status ?? "pending",
      owed: pay?.owed ?? true,
      optedOut,
      quiet: respectsQuietHours(about.purpose) && quietUntil(now()) !== undefined,
      ...amongOthers(about, story?.phone ?? "", others),
    };
  };

  return { registration, payment, text, texts, circumstances };
};

const LIMITS: Readonly<Partial<Record<Purpose, number>>> = { resend: MAX_RESENDS, corrected_phone: MAX_CORRECTIONS };

const amongOthers = (about: AboutText, phone: string, all: readonly LoggedText[]) => {
  const others = all.filter((t) => t.smsId !== about.smsId);
  const refusedNumbers = others.filter(wasRefused).map((t) => t.to);
  const lastAttempt = about.attempts?.at(-1)?.startedAt;
  const sameLink = others.filter((t) => t.to === phone && t.purpose !== "confirmation");
  // A number that is corrected to gets the link once, though several corrections may ask for it at the same moment.
  const isFirstTry = about.purpose === "corrected_phone" && !about.attempts?.length;
  const rivals = isFirstTry ? sameLink.filter((t) => t.status !== "withdrawn") : [];
  const ownPosition = all.find((t) => t.smsId === about.smsId)?.position ?? -1n;
  return {
    refusedNumbers,
    anotherWaits:
      about.purpose !== "confirmation" &&
      about.purpose !== "corrected_phone" &&
      sameLink.some(
        (t) =>
          t.status === "ready" &&
          t.purpose !== "reminder" &&
          Object.keys(t.messages).length === 0 &&
          (about.requestedAt === undefined || t.requestedAt < about.requestedAt),
      ),
    anotherFirst: rivals.some((t) => !hasGone(t) && t.position < ownPosition),
    anotherWent:
      rivals.some(hasGone) ||
      sameLink.some((t) => isLaterReminder(about, t)) ||
      (lastAttempt !== undefined &&
        about.purpose !== "confirmation" &&
        sameLink.some((t) => (t.attempts.at(-1)?.startedAt ?? "") > lastAttempt && isOnItsWay(t))),
    overLimit: about.count > (LIMITS[about.purpose] ?? Number.POSITIVE_INFINITY),
  };
};

const hasGone = ({ status, attempts }: Text): boolean => status !== "ready" || attempts.length > 0;

/** Both were kept back, for days perhaps: the parent gets the last one only. */
const isLaterReminder = (about: AboutText, { purpose, count }: Text): boolean =>
  about.purpose === "reminder" && purpose === "reminder" && count > about.count;

/** For good: an opt-out can be taken back by its owner, and a phone that was off is on again some day. */
const wasRefused = ({ status, closed, messages }: Text): boolean => {
  if (status === "delivered") return false;
  const codes = [
    closed?.as === "rejected" ? closed.code : undefined,
    ...Object.values(messages).map((m) => m.errorCode),
  ];
  return codes.some((code) => classify(Number(code)) === "permanent_number");
};

const isOnItsWay = ({ status }: Text): boolean =>
  status === "attempting" ||
  status === "unknown" ||
  status === "accepted" ||
  status === "sent" ||
  status === "delivered";

type Evolve<S> = (state: S | undefined, event: StoredEvent) => S | undefined;

const fold = <S>(events: readonly StoredEvent[], evolveOne: Evolve<S>): S | undefined =>
  events.reduce<S | undefined>((state, event) => evolveOne(state, event), undefined);
