import type { NumberProblem, SmsEvent, TextFailure } from "@touchline/contracts";
import { NUMBER_REFUSED, OPTED_OUT } from "./circumstances.ts";
import { numberProblemOf } from "./number-problem.ts";
import type { ProviderWords } from "./provider.ts";
import { isFailure, isLater } from "./stages.ts";
import {
  type Announcement,
  type EvolveSms,
  isText,
  type Message,
  NO_RECEIPT,
  SET_ASIDE,
  type SmsState,
  type Text,
} from "./state.ts";

type Classify = ProviderWords["failureOf"];

type DecideText = (state: SmsState) => readonly SmsEvent[];

/** A decision that also announces the status if it changed. Without events, it announces nothing. */
export const announcing =
  (decision: DecideText, evolve: EvolveSms, classify: Classify, now: Date): DecideText =>
  (state) => {
    const events = decision(state);
    const after = events.reduce(evolve, state);
    return events.length > 0 && isText(after) ? [...events, ...announce(after, classify, now)] : events;
  };

/** Whether others know the current status. */
export const isAnnounced = (text: Text, classify: Classify): boolean =>
  text.announced !== undefined && isSame(announcementOf(text, classify), text.announced);

/** The announcement that is due; none if the last one is still right. */
export const announce = (text: Text, classify: Classify, now: Date): SmsEvent[] => {
  if (isAnnounced(text, classify)) return [];
  const { registrationId } = text;
  const current = announcementOf(text, classify);
  return [{ type: "TextStatusChanged", data: { registrationId, ...current, changedAt: now.toISOString() } }];
};

/** Follows from the state alone: the same reports in any order end in the same announcement. */
export const announcementOf = (text: Text, classify: Classify): Announcement => {
  const status = statusOf(text);
  const problem = lastProblem(text, classify);
  const shown = status === "delivered" || status === "sent" || status === "withdrawn" ? undefined : problem;
  const numberProblem = status === "delivered" ? undefined : problem?.numberProblem;
  const messages = messagesOf(text);
  const sentAt = messages
    .map((m) => m.acceptedAt)
    .sort()
    .at(-1);
  return {
    status,
    attempt: text.attempts.length,
    segments: newestFirst(messages).find((m) => m.segments)?.segments ?? text.segments,
    ...(sentAt && { sentAt }),
    ...(shown && { failure: shown.failure }),
    ...(shown?.code && { code: shown.code }),
    ...(numberProblem && { numberProblem }),
  };
};

const fields = ["status", "attempt", "segments", "sentAt", "failure", "code", "numberProblem"] as const;

const isSame = (a: Announcement, b: Announcement): boolean => fields.every((name) => a[name] === b[name]);

const statusOf = (text: Text): Announcement["status"] => {
  switch (text.status) {
    case "ready":
      // A reported failure applies until the next attempt starts.
      return reportedFailure(text) ?? "pending";
    case "attempting":
    case "unknown":
      return "pending";
    case "accepted":
    case "sent":
      return "sent";
    case "rejected":
    case "given_up":
      return "failed";
    default:
      return text.status;
  }
};

const reportedFailure = (text: Text): "undelivered" | "failed" | undefined => {
  const failed = failedMessages(text, text.attempts.length);
  if (failed.length === 0) return undefined;
  return failed[0]?.stage === "undelivered" ? "undelivered" : "failed";
};

interface Problem {
  readonly failure: TextFailure;
  readonly code?: string | undefined;
  readonly numberProblem?: NumberProblem | undefined;
}

/** The last problem: of the text as a whole, else of its latest failed attempt. */
const lastProblem = (text: Text, classify: Classify): Problem | undefined => {
  const { closed, attempts } = text;
  if (closed && closed.as !== "withdrawn" && text.status !== "undelivered" && text.status !== "failed") {
    return problemOf(closed.code, classify);
  }
  for (let attempt = attempts.length; attempt > 0; attempt--) {
    const [message] = failedMessages(text, attempt);
    if (message) return problemOfMessage(message, classify);
    const code = attempts[attempt - 1]?.code;
    if (code) return problemOf(code, classify);
  }
  return undefined;
};

/** In an order that does not depend on when their reports came. */
const messagesOf = ({ messages }: Text): Message[] =>
  Object.entries(messages)
    .sort(([a], [b]) => compare(a, b))
    .map(([, message]) => message);

/** Worst first. */
const failedMessages = (text: Text, attempt: number): Message[] =>
  newestFirst(messagesOf(text).filter((m) => m.attempt === attempt && isFailure(m.stage))).sort((a, b) =>
    a.stage === b.stage ? 0 : isLater(a.stage, b.stage) ? -1 : 1,
  );

const newestFirst = (messages: readonly Message[]): Message[] =>
  [...messages].sort((a, b) => b.attempt - a.attempt || compare(b.acceptedAt, a.acceptedAt));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const problemOfMessage = ({ stage, errorCode }: Message, classify: Classify): Problem => {
  if (stage === "cancelled") return { failure: "cancelled_at_provider", code: errorCode };
  if (errorCode) return problemOf(errorCode, classify);
  // Without a code, we only know that texts do not reach the number.
  return { failure: stage === "undelivered" ? "network_failure" : "provider_failure", numberProblem: "unreachable" };
};

/** Our own codes; all others are the provider's. */
const OWN: Readonly<Record<string, Omit<Problem, "code">>> = {
  [NO_RECEIPT]: { failure: "no_receipt" },
  [OPTED_OUT]: { failure: "opted_out" },
  [NUMBER_REFUSED]: { failure: "number_invalid", numberProblem: "refused" },
  [SET_ASIDE]: { failure: "unknown" },
  // The claim was too old to act on; nothing is wrong with the text or the number.
  stale_claim: { failure: "unknown" },
};

const problemOf = (code: string, classify: Classify): Problem => {
  const own = OWN[code];
  if (own) return { ...own, code };
  const { failure } = classify(code);
  return { failure, code, numberProblem: numberProblemOf(failure) };
};
