import type { SmsEvent } from "@touchline/contracts";
import { attemptIdOf } from "./attempt-id.ts";
import { type Circumstances, obstacle } from "./circumstances.ts";
import { hasCome } from "./has-come.ts";
import type { Failure } from "./provider.ts";
import { redactionDue, redactLate } from "./redact.ts";
import { type FailureFacts, nextStep } from "./retry.ts";
import { isText, NO_RECEIPT, newText, SET_ASIDE, type SmsState, type Text, waitBefore } from "./state.ts";

export type RequestedData = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

const iso = (at: Date | number): string => new Date(at).toISOString();

/**
 * Requests a text, and claims its first attempt if `claim` says that there is room. No events if it was requested before. Events
 * since `lostSince` may be missing from the store, and this text may have been sent among them. Its first attempt is then
 * recorded with an unknown outcome, which only evidence settles.
 */
export const requestText =
  (data: RequestedData, circumstances: Circumstances, claim: boolean, now: Date, lostSince?: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (state.status !== "absent") return [];
    const requested: SmsEvent = { type: "SmsRequested", data };
    const obstructed = obstacle(data, circumstances, now);
    if (obstructed) return [requested, obstructed];
    if (lostSince) return [requested, ...lostAttempt(data.smsId, lostSince, now)];
    return claim ? [requested, ...startAttempt(circumstances, now)(newText(data))] : [requested];
  };

const lostAttempt = (smsId: string, since: Date, now: Date): SmsEvent[] => [
  { type: "SmsAttemptStarted", data: { attempt: 1, attemptId: attemptIdOf(smsId, 1), startedAt: iso(since) } },
  {
    type: "SmsOutcomeUnknown",
    data: { attempt: 1, reason: "recovery", askAt: iso(now), unknownSince: iso(now) },
  },
];

/** Erases a text, or makes sure that it is never requested. No events if that was already done. */
export const eraseText =
  (registrationId: string, now: Date) =>
  (state: SmsState): SmsEvent[] =>
    state.status === "erased"
      ? []
      : [
          { type: "SmsErased", data: { registrationId, erasedAt: iso(now) } },
          ...(isText(state) ? redactionDue(state, now) : []),
        ];

/** Claims the next attempt, or ends a text that is no longer wanted. No events: not due, or already claimed. */
export const startAttempt =
  (circumstances: Circumstances, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state) || state.status !== "ready" || !isDue(state, now)) return [];
    const obstructed = obstacle(state, circumstances, now);
    if (obstructed) return [obstructed];
    if (circumstances.quiet || circumstances.anotherFirst) return [];
    const attempt = state.attempts.length + 1;
    return [
      {
        type: "SmsAttemptStarted",
        data: { attempt, attemptId: attemptIdOf(state.smsId, attempt), startedAt: iso(now) },
      },
    ];
  };

const isDue = (text: Text, now: Date): boolean =>
  hasCome(text.retry?.at, text.retry?.waitMs ?? 0, now) && hasCome(text.notBefore, waitBefore(text), now);

/** The outcome of asking the provider to send a text. */
export type SendOutcome =
  | { readonly kind: "accepted"; readonly providerMessageId: string; readonly segments?: number }
  | { readonly kind: "refused"; readonly failure: Failure }
  /** It may or may not have the text. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface OutcomeFacts extends FailureFacts {
  readonly attempt: number;
  readonly outcome: SendOutcome;
  /** How long after the start of the attempt the provider's list is asked about an unknown outcome. */
  readonly evidenceMs: number;
}

/** Records the answer to an attempt. No events if it was already recorded, or evidence came first. */
export const recordOutcome =
  ({ attempt, outcome, evidenceMs, ...facts }: OutcomeFacts) =>
  (state: SmsState): SmsEvent[] => {
    const { now } = facts;
    if (state.status === "erased")
      return outcome.kind === "accepted" ? redactLate(state, outcome.providerMessageId, now) : [];
    const record = isText(state) ? state.attempts[attempt - 1] : undefined;
    if (!isText(state) || !record) return [];
    const open = record.fate === "open" || record.fate === "unknown";
    switch (outcome.kind) {
      case "accepted":
        return acceptedEvents(state, attempt, outcome, "answer", now);
      case "unknown": {
        if (record.fate !== "open") return [];
        const startedAt = Math.min(Date.parse(record.startedAt), now.getTime());
        const askAt = Math.max(startedAt + evidenceMs, now.getTime());
        const data = { attempt, reason: outcome.reason, askAt: iso(askAt), unknownSince: iso(now) };
        return [{ type: "SmsOutcomeUnknown", data }];
      }
      case "refused":
        return open ? refused(state, attempt, outcome.failure, facts) : [];
    }
  };

const refused = (text: Text, attempt: number, failure: Failure, facts: FailureFacts): SmsEvent[] => {
  const { code, reason } = failure;
  const { now } = facts;
  const deferred = (counted: boolean, afterMs: number): SmsEvent => {
    const retryAt = iso(now.getTime() + afterMs);
    return { type: "SmsDeferred", data: { attempt, code, reason, counted, retryAt, deferredAt: iso(now) } };
  };
  const step = nextStep(text, failure, facts);
  switch (step.kind) {
    case "retry":
      return [deferred(step.counted, step.afterMs)];
    case "set_aside":
      return [deferred(true, 0), setAside(failure, now)];
    case "stop": {
      const { kind: _, ...numberFault } = step;
      return [{ type: "SmsRejected", data: { attempt, code, reason, ...numberFault, rejectedAt: iso(now) } }];
    }
  }
};

/** Sets a text aside, so that it blocks no other text and costs no more. */
export const setAside = ({ code, reason }: Failure, now: Date): SmsEvent => ({
  type: "SmsGivenUp",
  data: {
    code: SET_ASIDE,
    reason: `Refused repeatedly while other texts went, last with ${code}: ${reason}`,
    givenUpAt: iso(now),
  },
});

/** Records that the provider has the text, by its answer, a callback or its list. */
export const acceptedEvents = (
  state: Text,
  attempt: number,
  { providerMessageId, segments }: { providerMessageId: string; segments?: number },
  via: "answer" | "callback" | "list" | "poll",
  at: Date,
): SmsEvent[] => {
  const known = state.attempts[attempt - 1];
  if (state.messages[providerMessageId] || !known) return [];
  // The provider's times are whole seconds, and its clock is not ours.
  const acceptedAt = iso(at) > known.startedAt ? iso(at) : known.startedAt;
  return [
    { type: "SmsAccepted", data: { attempt, providerMessageId, ...(segments && { segments }), via, acceptedAt } },
  ];
};

/** Closes an attempt whose process ended before it recorded an outcome. Whether it called the provider is unknown. */
export const abandonAttempt =
  (abandonedAfterMs: number, evidenceMs: number, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state) || state.status !== "attempting") return [];
    const attempt = state.attempts.length;
    const startedAt = Date.parse(state.attempts[attempt - 1]?.startedAt ?? "");
    if (!hasCome(iso(startedAt + abandonedAfterMs), abandonedAfterMs, now)) return [];
    const outcome: SendOutcome = {
      kind: "unknown",
      reason: "The process that made the attempt did not record its outcome.",
    };
    return recordOutcome({ attempt, outcome, now, jitter: 0, evidenceMs })(state);
  };

/** Two looks at the list, with this many times the evidence time between them. */
const OBSERVATIONS_NEEDED = 2;
export const SECOND_LOOK_FACTOR = 2.5;

/** Records that the provider's list did not have the text. After the second time, with time in between, it is sent again. */
export const observeAbsence =
  (attempt: number, evidenceMs: number, now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state) || state.status !== "unknown" || state.attempts.length !== attempt) return [];
    const record = state.attempts[attempt - 1];
    // If another instance looked at the same moment, that is one observation.
    if (!record?.askAt || !hasCome(record.askAt, SECOND_LOOK_FACTOR * evidenceMs, now)) return [];
    const observation = record.observations + 1;
    const absent = observation >= OBSERVATIONS_NEEDED;
    const askAt = absent ? {} : { askAt: iso(now.getTime() + SECOND_LOOK_FACTOR * evidenceMs) };
    return [{ type: "SmsNotFound", data: { attempt, observation, absent, ...askAt, observedAt: iso(now) } }];
  };

/** How long to wait for a final report. */
export const RECEIPT_LIMIT_MS = 72 * 3_600_000;

/** Gives up on a text that the provider took but never reported on. A late report still counts. */
export const giveUpOnReceipt =
  (now: Date) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state) || (state.status !== "accepted" && state.status !== "sent")) return [];
    const lastAcceptedAt = Math.max(...Object.values(state.messages).map((m) => Date.parse(m.acceptedAt)));
    if (now.getTime() < lastAcceptedAt + RECEIPT_LIMIT_MS) return [];
    const reason = "No delivery report came within 72 hours.";
    return [{ type: "SmsGivenUp", data: { code: NO_RECEIPT, reason, givenUpAt: iso(now) } }];
  };
