import type { SmsEvent } from "@touchline/contracts";
import { hasLeft, isDelivered, isFailure, isFinal, PARKED, rankOf } from "./status.ts";

type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

export type TextStatus =
  /** Waits for its first or next attempt. */
  | "ready"
  /** An attempt was claimed; its outcome is not recorded yet. */
  | "attempting"
  /** Nobody knows whether Twilio has it. */
  | "unknown"
  /** Twilio has it. */
  | "accepted"
  /** It has left Twilio. */
  | "sent"
  | "delivered"
  | "undelivered"
  | "failed"
  | "rejected"
  | "withdrawn"
  | "given_up";

export interface Attempt {
  readonly startedAt: string;
  readonly fate: "open" | "unknown" | "accepted" | "deferred" | "rejected" | "absent";
  /** How many times in a row Twilio's list did not hold it. */
  readonly observations: number;
  /** When the list is asked. */
  readonly askAt?: string;
}

/** A message at Twilio. */
export interface Message {
  readonly attempt: number;
  readonly acceptedAt: string;
  /** Twilio's word of the highest rank so far. */
  readonly word: string;
  readonly rank: number;
  readonly errorCode?: string;
  /** When `word` was reported. */
  readonly reportedAt?: string;
  readonly priceMicros?: number;
  readonly priceUnit?: string;
  readonly segments?: number;
  /** Words that we do not know. */
  readonly parked: readonly string[];
}

export interface Text extends Requested {
  readonly status: TextStatus;
  readonly attempts: readonly Attempt[];
  /** By Twilio's message SID. */
  readonly messages: Readonly<Record<string, Message>>;
  /** Failures that count towards the limit of attempts. */
  readonly failures: number;
  /** Holds while no attempt after this one has started. */
  readonly retry?: { readonly afterAttempt: number; readonly at: string };
  readonly closed?: { readonly as: "rejected" | "withdrawn" | "given_up"; readonly code: string };
}

export type SmsState =
  | { readonly status: "absent" }
  /** Forgotten with its registration, or closed before anybody could request it. */
  | { readonly status: "erased" }
  | Text;

/** What closes a text that Twilio took but never reported on. */
export const NO_RECEIPT = "no_receipt";

export const isText = (state: SmsState): state is Text => state.status !== "absent" && state.status !== "erased";

/** Status follows from the facts alone, so that any order of the same facts ends the same. */
const statusOf = (text: Omit<Text, "status">): TextStatus => {
  const messages = Object.values(text.messages);
  if (messages.some((m) => isDelivered(m.rank))) return "delivered";
  const live = messages.filter((m) => !isFinal(m.rank));
  const failed = messages.filter((m) => isFailure(m.rank));
  if (text.closed?.code === NO_RECEIPT && failed.length === 0) return "given_up";
  if (text.closed?.code !== NO_RECEIPT && live.length > 0) {
    return live.some((m) => hasLeft(m.rank)) ? "sent" : "accepted";
  }
  if (text.closed && failed.length === 0) return text.closed.as;
  const latest = text.attempts.at(-1);
  if (latest?.fate === "open") return "attempting";
  if (latest?.fate === "unknown") return "unknown";
  if (text.closed) return worst(failed);
  if (!latest || text.retry?.afterAttempt === text.attempts.length) return "ready";
  return failed.length > 0 ? worst(failed) : "ready";
};

const worst = (failed: readonly Message[]): TextStatus =>
  failed.some((m) => m.word === "undelivered") ? "undelivered" : "failed";

const withStatus = (text: Omit<Text, "status">): Text => ({ ...text, status: statusOf(text) });

const changeAttempt = (text: Text, attempt: number, change: Partial<Attempt>): readonly Attempt[] =>
  text.attempts.map((a, i) => (i === attempt - 1 ? { ...a, ...change } : a));

/** Never refuses a stored fact; facts about a text that was never requested, or is erased, are ignored. */
export const evolve = (state: SmsState, event: SmsEvent): SmsState => {
  if (event.type === "SmsErased" || state.status === "erased") return { status: "erased" };
  if (event.type === "SmsRequested") {
    return isText(state) ? state : withStatus({ ...event.data, attempts: [], messages: {}, failures: 0 });
  }
  return isText(state) ? withStatus(changed(state, event)) : state;
};

const changed = (text: Text, event: Exclude<SmsEvent, { type: "SmsRequested" }>): Text => {
  switch (event.type) {
    case "SmsAttemptStarted": {
      const { startedAt } = event.data;
      return { ...text, attempts: [...text.attempts, { startedAt, fate: "open", observations: 0 }] };
    }
    case "SmsAccepted":
      return accepted(text, event.data);
    case "SmsDeferred":
      return {
        ...text,
        attempts: changeAttempt(text, event.data.attempt, { fate: "deferred" }),
        failures: text.failures + (event.data.counted ? 1 : 0),
        retry: { afterAttempt: event.data.attempt, at: event.data.retryAt },
      };
    case "SmsRejected":
      return {
        ...text,
        attempts: changeAttempt(text, event.data.attempt, { fate: "rejected" }),
        closed: { as: "rejected", code: event.data.code },
      };
    case "SmsOutcomeUnknown":
      return {
        ...text,
        attempts: changeAttempt(text, event.data.attempt, { fate: "unknown", askAt: event.data.askAt }),
      };
    case "SmsNotFound":
      return notFound(text, event.data);
    case "SmsStatusReported":
      return reported(text, event.data);
    case "SmsRetryScheduled":
      return {
        ...text,
        failures: text.failures + (event.data.counted ? 1 : 0),
        retry: { afterAttempt: event.data.attempt, at: event.data.retryAt },
      };
    case "SmsWithdrawn":
      return { ...text, closed: { as: "withdrawn", code: event.data.code } };
    case "SmsGivenUp":
      return { ...text, closed: { as: "given_up", code: event.data.code } };
    default:
      return text;
  }
};

type DataOf<T extends SmsEvent["type"]> = Extract<SmsEvent, { type: T }>["data"];

const accepted = (text: Text, { attempt, providerMessageId, segments, acceptedAt }: DataOf<"SmsAccepted">): Text => {
  const known = text.messages[providerMessageId];
  const message: Message = known ?? {
    attempt,
    acceptedAt,
    word: "accepted",
    rank: rankOf("accepted"),
    parked: [],
    ...(segments && { segments }),
  };
  return {
    ...text,
    attempts: changeAttempt(text, attempt, { fate: "accepted" }),
    messages: { ...text.messages, [providerMessageId]: message },
  };
};

const notFound = (text: Text, { attempt, observation, absent, askAt, observedAt }: DataOf<"SmsNotFound">): Text => ({
  ...text,
  attempts: changeAttempt(text, attempt, {
    observations: observation,
    ...(askAt && { askAt }),
    ...(absent && { fate: "absent" as const }),
  }),
  ...(absent && { retry: { afterAttempt: attempt, at: observedAt } }),
});

const reported = (text: Text, data: DataOf<"SmsStatusReported">): Text => {
  const message = text.messages[data.providerMessageId];
  if (!message) return text;
  const rank = rankOf(data.status);
  const wins = rank > message.rank;
  const { errorCode: _, ...rest } = message;
  const next: Message = {
    ...(wins ? rest : message),
    ...(wins && { word: data.status, rank, reportedAt: data.reportedAt }),
    ...(wins && data.errorCode && { errorCode: data.errorCode }),
    ...(rank === PARKED && { parked: [...new Set([...message.parked, data.status])].sort() }),
    ...(data.priceMicros !== undefined && { priceMicros: data.priceMicros }),
    ...(data.priceUnit && { priceUnit: data.priceUnit }),
    ...(data.segments && { segments: data.segments }),
  };
  return { ...text, messages: { ...text.messages, [data.providerMessageId]: next } };
};

export const smsAggregate = { category: "sms", initial: { status: "absent" } as SmsState, evolve } as const;
