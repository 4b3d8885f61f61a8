import type { EmailEvent } from "@touchline/contracts";
import { type EmailState, isEmail, type RequestedEmail } from "./state.ts";

const iso = (at: Date | number): string => new Date(at).toISOString();

/**
 * Requests an e-mail. No events if it was requested before or its registration is erased. Events since `lostSince` may be missing
 * from the store, and this e-mail may have been sent among them. Its first attempt is then recorded with an unknown outcome.
 */
export const requestEmail =
  (data: RequestedEmail, lostSince?: Date) =>
  (state: EmailState): EmailEvent[] => {
    if (state.status !== "absent") return [];
    const requested: EmailEvent = { type: "EmailRequested", data };
    if (!lostSince) return [requested];
    return [
      requested,
      { type: "EmailAttemptStarted", data: { attempt: 1, startedAt: iso(lostSince) } },
      { type: "EmailOutcomeUnknown", data: { attempt: 1, code: "recovery", unknownSince: data.requestedAt } },
    ];
  };

export type NotWanted = Extract<EmailEvent, { type: "EmailWithdrawn" }>["data"]["code"];

/** Claims the next attempt, or withdraws an e-mail that is no longer wanted. No events: not due, or already claimed. */
export const startAttempt =
  (notWanted: NotWanted | undefined, now: Date) =>
  (state: EmailState): EmailEvent[] => {
    if (!isEmail(state) || state.status !== "ready") return [];
    if (state.retryAt !== undefined && Date.parse(state.retryAt) > now.getTime()) return [];
    if (notWanted) return [{ type: "EmailWithdrawn", data: { code: notWanted, withdrawnAt: iso(now) } }];
    return [{ type: "EmailAttemptStarted", data: { attempt: state.attempts + 1, startedAt: iso(now) } }];
  };

/** What came of handing it to the mail server. */
export type EmailOutcome =
  | { readonly kind: "sent" }
  | { readonly kind: "refused" | "later" | "unknown"; readonly code: string };

const MINUTE_MS = 60_000;
const RETRIES_MS = [1, 5, 15, 60, 240, 480, 960].map((minutes) => minutes * MINUTE_MS);

/** Records the outcome of an attempt. No events if it was already recorded or abandoned. */
export const recordOutcome =
  (attempt: number, outcome: EmailOutcome, now: Date) =>
  (state: EmailState): EmailEvent[] => {
    if (!isEmail(state) || state.status !== "attempting" || state.attempts !== attempt) return [];
    if (outcome.kind === "sent") return [{ type: "EmailSent", data: { attempt, sentAt: iso(now) } }];
    const { kind, code } = outcome;
    if (kind === "unknown") return [{ type: "EmailOutcomeUnknown", data: { attempt, code, unknownSince: iso(now) } }];
    const afterMs = kind === "later" ? RETRIES_MS[attempt - 1] : undefined;
    if (afterMs === undefined) return [{ type: "EmailRefused", data: { attempt, code, refusedAt: iso(now) } }];
    const retryAt = iso(now.getTime() + afterMs);
    return [{ type: "EmailDeferred", data: { attempt, code, retryAt, deferredAt: iso(now) } }];
  };

/** No attempt takes this long. */
export const ABANDONED_AFTER_MS = 5 * MINUTE_MS;

/** Closes an attempt whose process ended before it recorded an outcome. Whether it called the server is unknown. */
export const abandonAttempt =
  (now: Date) =>
  (state: EmailState): EmailEvent[] => {
    if (!isEmail(state) || state.status !== "attempting" || state.startedAt === undefined) return [];
    if (now.getTime() < Date.parse(state.startedAt) + ABANDONED_AFTER_MS) return [];
    return recordOutcome(state.attempts, { kind: "unknown", code: "abandoned" }, now)(state);
  };

/** Erases an e-mail, or makes sure that it is never requested. No events if that was already done. */
export const eraseEmail =
  (registrationId: string, now: Date) =>
  (state: EmailState): EmailEvent[] =>
    state.status === "erased" ? [] : [{ type: "EmailErased", data: { registrationId, erasedAt: iso(now) } }];
