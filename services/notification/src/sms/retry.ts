import { numberProblemOf } from "./number-problem.ts";
import type { Failure, FailureClass } from "./provider.ts";
import type { Text } from "./state.ts";

/** Names in stored events, which never change. */
export type NumberFault = "invalid" | "opted_out" | "unreachable";

export type NextStep =
  | { readonly kind: "retry"; readonly afterMs: number; readonly counted: boolean }
  /** The number, or the text, is at fault. */
  | { readonly kind: "stop"; readonly numberFault?: NumberFault }
  /** An operator must look: this text alone is refused repeatedly, and we do not know why. */
  | { readonly kind: "set_aside" };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface RetryPlan {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Counted failures after which the text is given up. Undefined means never: the fault may not be this text's. */
  readonly limit?: number;
}

/** Under a minute with jitter, so that texts go out again soon after the fix. */
const REFUSED_CAP_MS = 45 * SECOND;

/** Only failures known to be about this number or this text have a limit, or no plan at all. */
const PLANS: Readonly<Partial<Record<FailureClass, RetryPlan>>> = {
  safe_retry: { firstMs: SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  transient: { firstMs: 5 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  ambiguous: { firstMs: 5 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  configuration: { firstMs: 10 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  unknown: { firstMs: 10 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  delayed: { firstMs: 5 * MINUTE, factor: 6, capMs: 6 * HOUR, limit: 3 },
};

/**
 * For a failure that is not this text's fault, reported after the provider took the text. Each such text is paid for, so we try
 * about one in five minutes.
 */
const LOST_ON_ITS_WAY: RetryPlan = { firstMs: 30 * SECOND, factor: 4, capMs: 4 * MINUTE };

/** After this many refusals while others go, a text that may itself be at fault is set aside. */
const SET_ASIDE_AFTER = 3;
/** Texts sent up to this long before the first refusal count too. */
const LOOK_BACK_MS = 10 * MINUTE;

/** After this long from the first attempt, a counted failure leads to no further attempt. */
const GIVE_UP_AFTER_MS = 72 * HOUR;

/** What a failure says about the number, in the terms of stored events. */
const numberFaultOf = (failure: Failure): NumberFault | undefined => {
  if (failure.class === "permanent_number") return "invalid";
  if (failure.class === "opted_out") return "opted_out";
  return numberProblemOf(failure.failure) === "unreachable" ? "unreachable" : undefined;
};

/** A failure report without a reason means that texts do not reach the number. */
export const numberFaultOfReport = (failure: Failure | undefined): NumberFault | undefined =>
  failure ? numberFaultOf(failure) : "unreachable";

export interface FailureFacts {
  readonly now: Date;
  /** 0 to 1, so that texts that failed together are not retried together. */
  readonly jitter: number;
  /** When another text last went: for a refusal, when one was taken; for a report, when one arrived. */
  readonly othersWentAt?: Date | undefined;
}

export const nextStep = (text: Text, failure: Failure, facts: FailureFacts): NextStep => {
  const plan = planOf(text, failure);
  const numberFault = numberFaultOf(failure);
  const stop = { kind: "stop", ...(numberFault && { numberFault }) } as const;
  if (!plan) return stop;
  if (plan.limit === undefined) return endlessStep(text, failure, plan, facts);
  const failures = Object.values(text.failures).reduce((sum, n) => sum + n, 0);
  const firstAt = Date.parse(text.attempts[0]?.startedAt ?? text.requestedAt);
  if (failures >= plan.limit || facts.now.getTime() - firstAt > GIVE_UP_AFTER_MS) return stop;
  return { kind: "retry", afterMs: delayMs(plan, failures, failure, facts.jitter), counted: true };
};

const planOf = (text: Text, failure: Failure): RetryPlan | undefined => {
  const plan = PLANS[failure.class];
  const went = text.attempts.at(-1)?.fate === "accepted";
  return plan && plan.limit === undefined && went ? LOST_ON_ITS_WAY : plan;
};

/** For a failure that may not be this text's fault: it counts, by code, only while others go. */
const endlessStep = (
  text: Text,
  failure: Failure,
  plan: RetryPlan,
  { othersWentAt, jitter }: FailureFacts,
): NextStep => {
  const counted = failure.perhapsThisTextAlone === true && othersWentAt !== undefined && othersWentAt > lastTry(text);
  if (counted && (text.failures[failure.code] ?? 0) + 1 >= SET_ASIDE_AFTER) return { kind: "set_aside" };
  const afterMs = delayMs(plan, Math.max(0, text.attempts.length - 1), failure, jitter);
  return { kind: "retry", afterMs, counted };
};

/** When the text was last tried before this attempt, or last taken. If others went after that, they were not affected. */
const lastTry = ({ requestedAt, attempts, messages }: Text): Date => {
  const earlier = attempts.slice(0, -1).map(({ startedAt }) => Date.parse(startedAt));
  const taken = Object.values(messages).map(({ acceptedAt }) => Date.parse(acceptedAt));
  return new Date(Math.max(Date.parse(requestedAt) - LOOK_BACK_MS, ...earlier, ...taken));
};

/** The provider's own wait overrides the plan. */
const delayMs = (plan: RetryPlan, tries: number, { retryAfterMs }: Failure, jitter: number): number =>
  retryAfterMs ??
  Math.round(Math.min(plan.firstMs * plan.factor ** Math.min(tries, 20), plan.capMs) * (0.75 + jitter / 2));
