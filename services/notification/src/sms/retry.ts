import { type Failure, type FailureClass, numberProblemOf } from "./provider.ts";
import type { Text } from "./state.ts";

/** As stored in events: they keep the name that they were stored under. */
export type NumberFault = "invalid" | "opted_out" | "unreachable";

export type NextStep =
  | { readonly kind: "retry"; readonly afterMs: number; readonly counted: boolean }
  /** The number, or the text, is at fault. */
  | { readonly kind: "stop"; readonly numberFault?: NumberFault }
  /** For a human: it alone is refused again and again, and we do not know why. */
  | { readonly kind: "set_aside" };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface RetryPlan {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
  /** Counted failures after which the text is given up. Without one it never is: the fault is not known to be this text's. */
  readonly limit?: number;
}

/** With jitter this is under a minute: so soon after the cure texts go again. */
const REFUSED_CAP_MS = 45 * SECOND;

/** Only what is known to be about this number or this text has a limit, or no plan at all. */
const PLANS: Readonly<Partial<Record<FailureClass, RetryPlan>>> = {
  safe_retry: { firstMs: SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  transient: { firstMs: 5 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  ambiguous: { firstMs: 5 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  configuration: { firstMs: 10 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  unknown: { firstMs: 10 * SECOND, factor: 2, capMs: REFUSED_CAP_MS },
  delayed: { firstMs: 5 * MINUTE, factor: 6, capMs: 6 * HOUR, limit: 3 },
};

/** Not this text's fault, as reported once the text had gone: each such text is paid for. With jitter, one in five minutes. */
const LOST_ON_ITS_WAY: RetryPlan = { firstMs: 30 * SECOND, factor: 4, capMs: 4 * MINUTE };

/** How often a text that may itself be at fault is refused, while others go, before it is set aside. */
const SET_ASIDE_AFTER = 3;
/** Others that went so long before a text was first refused count too. */
const LOOK_BACK_MS = 10 * MINUTE;

/** No counted failure is followed by another attempt when the first attempt is longer ago than this. */
const GIVE_UP_AFTER_MS = 72 * HOUR;

/** What a failure says about the number, in the terms of stored events. */
const numberFaultOf = (failure: Failure): NumberFault | undefined => {
  if (failure.class === "permanent_number") return "invalid";
  if (failure.class === "opted_out") return "opted_out";
  return numberProblemOf(failure.failure) === "unreachable" ? "unreachable" : undefined;
};

/** A report of failure without a reason says that texts do not reach the number. */
export const numberFaultOfReport = (failure: Failure | undefined): NumberFault | undefined =>
  failure ? numberFaultOf(failure) : "unreachable";

export interface FailureFacts {
  readonly now: Date;
  /** 0 to 1, so that texts which failed together are not retried together. */
  readonly jitter: number;
  /** When the last of the other texts went: was taken, or arrived, as the failure is a refusal or a report. */
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

/** Not known to be this text's fault: it is counted, by its code, only while others go. */
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

/** When the text was last tried before this attempt, and last taken: what went after that went in spite of its fault. */
const lastTry = ({ requestedAt, attempts, messages }: Text): Date => {
  const earlier = attempts.slice(0, -1).map(({ startedAt }) => Date.parse(startedAt));
  const taken = Object.values(messages).map(({ acceptedAt }) => Date.parse(acceptedAt));
  return new Date(Math.max(Date.parse(requestedAt) - LOOK_BACK_MS, ...earlier, ...taken));
};

/** What the provider asks for wins. */
const delayMs = (plan: RetryPlan, tries: number, { retryAfterMs }: Failure, jitter: number): number =>
  retryAfterMs ??
  Math.round(Math.min(plan.firstMs * plan.factor ** Math.min(tries, 20), plan.capMs) * (0.75 + jitter / 2));
