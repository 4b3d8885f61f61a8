import { type Failure, type FailureClass, numberProblemOf } from "./provider.ts";
import type { Text } from "./state.ts";

/** As stored in events: they keep the name that they were stored under. */
export type NumberFault = "invalid" | "opted_out" | "unreachable";

export type NextStep =
  | { readonly kind: "retry"; readonly afterMs: number; readonly counted: boolean }
  | { readonly kind: "stop"; readonly numberFault?: NumberFault };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface RetryPlan {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Counted failures after which the text is given up. Infinity: outages of others and our own configuration do not count. */
  readonly limit: number;
}

const PLANS: Readonly<Partial<Record<FailureClass, RetryPlan>>> = {
  safe_retry: { firstMs: SECOND, factor: 2, capMs: MINUTE, limit: Number.POSITIVE_INFINITY },
  transient: { firstMs: 5 * SECOND, factor: 2, capMs: 2 * HOUR, limit: 20 },
  delayed: { firstMs: 5 * MINUTE, factor: 6, capMs: 6 * HOUR, limit: 3 },
  configuration: { firstMs: 10 * SECOND, factor: 2, capMs: 10 * MINUTE, limit: Number.POSITIVE_INFINITY },
  unknown: { firstMs: MINUTE, factor: 10, capMs: 6 * HOUR, limit: 3 },
};

/** Our configuration, as reported once the text had gone: each such text is paid for. */
const LOST_ON_ITS_WAY: RetryPlan = {
  firstMs: 30 * SECOND,
  factor: 4,
  capMs: 2 * HOUR,
  limit: Number.POSITIVE_INFINITY,
};

/** No counted failure is followed by another attempt when the first attempt is longer ago than this. */
export const GIVE_UP_AFTER_MS = 72 * HOUR;

/** What a failure says about the number, in the terms of stored events. */
const numberFaultOf = (failure: Failure): NumberFault | undefined => {
  if (failure.class === "permanent_number") return "invalid";
  if (failure.class === "opted_out") return "opted_out";
  return numberProblemOf(failure.failure) === "unreachable" ? "unreachable" : undefined;
};

/** A report of failure without a reason says that texts do not reach the number. */
export const numberFaultOfReport = (failure: Failure | undefined): NumberFault | undefined =>
  failure ? numberFaultOf(failure) : "unreachable";

/** @param jitter 0 to 1, so that texts which failed together are not retried together */
export const nextStep = (text: Text, failure: Failure, now: Date, jitter: number): NextStep => {
  const went = text.attempts.at(-1)?.fate === "accepted";
  const plan = went && failure.class === "configuration" ? LOST_ON_ITS_WAY : PLANS[failure.class];
  const counted = plan !== undefined && plan.limit !== Number.POSITIVE_INFINITY;
  const tooOld =
    counted && now.getTime() - Date.parse(text.attempts[0]?.startedAt ?? text.requestedAt) > GIVE_UP_AFTER_MS;
  const numberFault = numberFaultOf(failure);
  if (!plan || text.failures >= plan.limit || tooOld) return { kind: "stop", ...(numberFault && { numberFault }) };
  // Outages are not counted, so their backoff grows with the number of attempts.
  const tries = counted ? text.failures : Math.max(0, text.attempts.length - 1);
  const delay = Math.min(plan.firstMs * plan.factor ** Math.min(tries, 20), plan.capMs) * (0.75 + jitter / 2);
  return { kind: "retry", afterMs: Math.round(Math.max(delay, failure.retryAfterMs ?? 0)), counted };
};
