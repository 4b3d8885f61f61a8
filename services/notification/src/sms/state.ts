import type { SmsEvent } from "@touchline/contracts";
import type { ProviderWords } from "./provider.ts";
import { hasLeft, isDelivered, isFailure, isFinal, isLater, type Stage } from "./stages.ts";

type Requested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

/** Finer than the announced status, because what to do next depends on it. */
type TextState =
  /** Waits for its first or next attempt. */
  | "ready"
  /** An attempt was claimed; its outcome is not recorded yet. */
  | "attempting"
  /** We do not know whether the provider has it. */
  | "unknown"
  /** The provider has it. */
  | "accepted"
  /** It has left the provider. */
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
  /** How many times in a row the provider's list did not have it. */
  readonly observations: number;
  /** When to ask for the list. */
  readonly askAt?: string;
  /** Why the provider did not take it. */
  readonly code?: string;
}

/** A message at the provider. */
export interface Message {
  readonly attempt: number;
  readonly acceptedAt: string;
  /** The furthest stage that was reported, in whatever order. */
  readonly stage: Stage;
  readonly errorCode?: string;
  readonly priceMicros?: number;
  readonly priceUnit?: string;
  readonly segments?: number;
  /** The provider's words that we do not know. */
  readonly parked: readonly string[];
}

/** All that other services need to know about a text. */
export type Announcement = Omit<DataOf<"TextStatusChanged">, "registrationId" | "changedAt">;

export interface Text extends Requested {
  readonly status: TextState;
  readonly attempts: readonly Attempt[];
  /** By the provider's id. */
  readonly messages: Readonly<Record<string, Message>>;
  /** Failures that count towards the limit of attempts, by the provider's code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Applies until an attempt after this one starts. */
  readonly retry?: { readonly afterAttempt: number; readonly at: string; readonly waitMs: number };
  readonly closed?: { readonly as: "rejected" | "withdrawn" | "given_up"; readonly code: string };
  /** The last status that was announced; absent in streams older than announcements. */
  readonly announced?: Announcement;
  /** The provider's ids of the replies, sorted, so that the order in which they came makes no difference. */
  readonly replies?: readonly string[];
}

export interface Erased {
  readonly status: "erased";
  readonly registrationId: string;
  /** What the provider has, or may have, and must still empty. */
  readonly due: readonly DataOf<"SmsRedactionDue">[];
  /** Every message that it was asked to empty. */
  readonly messageIds: readonly string[];
}

export type SmsState =
  | { readonly status: "absent" }
  /** Erased with its registration, perhaps before it was requested. */
  | Erased
  | Text;

/** Closes a text that the provider took but never reported on. */
export const NO_RECEIPT = "no_receipt";
/** Closes a text that alone is refused repeatedly, for a reason that we do not know. */
export const SET_ASIDE = "set_aside";

/** Reopens a text that an opt-out had ended. */
export const OPTED_IN = "opted_in";

export const isText = (state: SmsState): state is Text => state.status !== "absent" && state.status !== "erased";

/** The status depends on the facts alone, so their order makes no difference. */
const statusOf = (text: Omit<Text, "status">): TextState => {
  const messages = Object.values(text.messages);
  if (messages.some((m) => isDelivered(m.stage))) return "delivered";
  const live = messages.filter((m) => !isFinal(m.stage));
  const failed = messages.filter((m) => isFailure(m.stage));
  if (text.closed?.code === NO_RECEIPT && failed.length === 0) return "given_up";
  if (text.closed?.code !== NO_RECEIPT && live.length > 0) {
    return live.some((m) => hasLeft(m.stage)) ? "sent" : "accepted";
  }
  if (text.closed && failed.length === 0) return text.closed.as;
  const latest = text.attempts.at(-1);
  if (latest?.fate === "open") return "attempting";
  if (latest?.fate === "unknown") return "unknown";
  if (text.closed) return worst(failed);
  if (!latest || text.retry?.afterAttempt === text.attempts.length) return "ready";
  return failed.length > 0 ? worst(failed) : "ready";
};

const worst = (failed: readonly Message[]): "undelivered" | "failed" =>
  failed.some((m) => m.stage === "undelivered") ? "undelivered" : "failed";

/** How long a text with `notBefore` had to wait when it was requested. */
export const waitBefore = ({ requestedAt, notBefore }: Pick<Text, "requestedAt" | "notBefore">): number =>
  notBefore === undefined ? 0 : Math.max(0, Date.parse(notBefore) - Date.parse(requestedAt));

const withStatus = (text: Omit<Text, "status">): Text => ({ ...text, status: statusOf(text) });

/** A text that was requested a moment ago. */
export const newText = (data: Requested): Text => withStatus({ ...data, attempts: [], messages: {}, failures: {} });

const changeAttempt = (text: Text, attempt: number, change: Partial<Attempt>): readonly Attempt[] =>
  text.attempts.map((a, i) => (i === attempt - 1 ? { ...a, ...change } : a));

export type EvolveSms = (state: SmsState, event: SmsEvent) => SmsState;

/** The aggregate of texts. Never rejects a stored fact. Facts about a text that was never requested or is erased are ignored. */
export const smsAggregate = (words: Pick<ProviderWords, "stageOf">) => {
  const evolve: EvolveSms = (state, event) => {
    if (state.status === "erased") return afterErasure(state, event);
    if (event.type === "SmsErased") {
      return { status: "erased", registrationId: event.data.registrationId, due: [], messageIds: [] };
    }
    if (event.type === "SmsRequested") return isText(state) ? state : newText(event.data);
    if (!isText(state)) return state;
    return withStatus(
      event.type === "SmsStatusReported"
        ? reported(state, event.data, words.stageOf(event.data.status))
        : changed(state, event),
    );
  };
  return {
    category: "sms",
    initial: { status: "absent" } as SmsState,
    evolve,
    correlationOf: (state: SmsState) => (state.status === "absent" ? undefined : state.registrationId),
  } as const;
};

const afterErasure = (state: Erased, event: SmsEvent): Erased => {
  if (event.type === "SmsRedacted") return { ...state, due: [] };
  if (event.type !== "SmsRedactionDue") return state;
  return {
    ...state,
    due: [...state.due, event.data],
    messageIds: [...state.messageIds, ...event.data.messageIds],
  };
};

const changed = (text: Text, event: SmsEvent): Text => {
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
        attempts: changeAttempt(text, event.data.attempt, { fate: "deferred", code: event.data.code }),
        ...failedOnce(text, event.data),
      };
    case "SmsRejected":
      return {
        ...text,
        attempts: changeAttempt(text, event.data.attempt, { fate: "rejected", code: event.data.code }),
        closed: { as: "rejected", code: event.data.code },
      };
    case "SmsOutcomeUnknown":
      return {
        ...text,
        attempts: changeAttempt(text, event.data.attempt, { fate: "unknown", askAt: event.data.askAt }),
      };
    case "SmsNotFound":
      return notFound(text, event.data);
    case "SmsRetryScheduled":
      return event.data.code === OPTED_IN ? reopened(text, event.data) : { ...text, ...failedOnce(text, event.data) };
    case "SmsWithdrawn":
      return { ...text, closed: { as: "withdrawn", code: event.data.code } };
    case "SmsGivenUp":
      return { ...text, closed: { as: "given_up", code: event.data.code } };
    case "ReplyReceived":
      return { ...text, replies: [...(text.replies ?? []), event.data.replyId].sort() };
    case "TextStatusChanged": {
      const { registrationId: _, changedAt: __, ...announced } = event.data;
      return { ...text, announced };
    }
    default:
      return text;
  }
};

/** The event says attempt 1 even if none was made yet. */
const reopened = (text: Text, data: DataOf<"SmsRetryScheduled">): Text => {
  const { closed: _, ...open } = text;
  return { ...open, ...failedOnce(text, { ...data, attempt: text.attempts.length }) };
};

const failedOnce = (
  { failures }: Text,
  data: DataOf<"SmsDeferred"> | DataOf<"SmsRetryScheduled">,
): Pick<Text, "failures" | "retry"> => {
  const { attempt, code, counted, retryAt } = data;
  const decidedAt = "deferredAt" in data ? data.deferredAt : data.scheduledAt;
  return {
    failures: counted ? { ...failures, [code]: (failures[code] ?? 0) + 1 } : failures,
    retry: { afterAttempt: attempt, at: retryAt, waitMs: Date.parse(retryAt) - Date.parse(decidedAt) },
  };
};

type DataOf<T extends SmsEvent["type"]> = Extract<SmsEvent, { type: T }>["data"];

const accepted = (text: Text, { attempt, providerMessageId, segments, acceptedAt }: DataOf<"SmsAccepted">): Text => {
  const known = text.messages[providerMessageId];
  const message: Message = known ?? {
    attempt,
    acceptedAt,
    stage: "taken",
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
  ...(absent && { retry: { afterAttempt: attempt, at: observedAt, waitMs: 0 } }),
});

const reported = (text: Text, data: DataOf<"SmsStatusReported">, stage: Stage | undefined): Text => {
  const message = text.messages[data.providerMessageId];
  if (!message) return text;
  const wins = stage !== undefined && isLater(stage, message.stage);
  const { errorCode: _, ...rest } = message;
  const next: Message = {
    ...(wins ? { ...rest, stage } : message),
    ...(wins && data.errorCode && { errorCode: data.errorCode }),
    ...(stage === undefined && { parked: [...new Set([...message.parked, data.status])].sort() }),
    ...(data.priceMicros !== undefined && { priceMicros: data.priceMicros }),
    ...(data.priceUnit && { priceUnit: data.priceUnit }),
    ...(data.segments && { segments: data.segments }),
  };
  return { ...text, messages: { ...text.messages, [data.providerMessageId]: next } };
};
