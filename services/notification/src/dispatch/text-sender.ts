import type { SmsEvent } from "@touchline/contracts";
import type { Known, Transaction } from "@touchline/event-store";
import type { Runtime } from "@touchline/service/runtime";
import { persistently } from "../persistently.ts";
import { attemptIdOf } from "../sms/attempt-id.ts";
import { recordOutcome, type SendOutcome } from "../sms/decide.ts";
import { isText, type SmsState, type Text } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Gate, Pass } from "./gate.ts";
import type { SmsGateway } from "./sms-gateway.ts";
import { SERVICE, type Texts } from "./texts.ts";

export interface TextSenderOptions {
  readonly texts: Texts;
  readonly gateway: SmsGateway;
  readonly gate: Gate;
  readonly suppression: SuppressionList;
  readonly runtime: Pick<Runtime, "now" | "monotonicMs" | "random" | "sleep">;
  readonly evidenceMs: number;
  /** Attempts in flight at once. */
  readonly maxInFlight: number;
  readonly onOutcome?: (claimed: ClaimedText, outcome: SendOutcome, tookMs: number) => void;
  readonly onFault?: (error: unknown, about: TraceContext) => void;
}

/** The registration and trace that a failure belongs to. */
export interface TraceContext {
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Room for one attempt. Taken before the claim, so that no attempt is claimed and then left waiting. */
export interface SendSlot {
  /** Calls the provider for the attempt that was just claimed, and records the outcome. Never rejects. */
  run(claimed: ClaimedText): Promise<void>;
  /** Nothing was claimed. */
  release(): void;
}

/** A text with an attempt that is ours to make. */
export type ClaimedText = Known<Text>;

export interface TextSender {
  /** Undefined while texts are held back, or too many attempts are in flight. */
  slot(): SendSlot | undefined;
  /** Whether `slot` would give one. */
  readonly isReady: () => boolean;
  /** How many slots there may be now: one while a text has to be tried first. */
  readonly room: () => number;
  /** How long until there may be a slot; infinite while only the end of an attempt gives one. */
  readonly waitMs: () => number;
  /** Calls the listener when there may be a slot again, sooner than `waitMs` said. */
  readonly onFreed: (listener: () => void) => void;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
}

/**
 * A claim older than this is not acted on. The process was asleep: by now the parent may have another number, the fee may be
 * paid, or another instance may have the claim.
 */
export const STALE_CLAIM_MS = 5_000;

export const createTextSender = (options: TextSenderOptions): TextSender => {
  const { gate, maxInFlight, runtime } = options;
  const inFlight = new Set<Promise<void>>();
  let taken = 0;
  // Halved by each stale claim: if the store or machine is too slow for so many at once, all would be stale for ever.
  let limit = maxInFlight;
  const listeners: (() => void)[] = [];
  // Room that nobody waits for is not announced.
  let isAwaited = false;
  const freed = () => {
    if (!isAwaited) return;
    isAwaited = false;
    for (const listener of listeners) listener();
  };
  gate.onOpen(freed);
  const adapt = (wasStale: boolean) => {
    limit = wasStale ? Math.max(1, Math.floor(limit / 2)) : Math.min(maxInFlight, limit + 1);
  };

  const slot = (): SendSlot | undefined => {
    if (taken >= limit) return undefined;
    const pass = gate.pass();
    if (!pass) return undefined;
    const done: Pass["done"] = (outcome) => {
      pass.done(outcome);
      freed();
    };
    taken++;
    const takenAtMs = runtime.monotonicMs();
    return {
      release: () => {
        taken--;
        done();
      },
      run: (claimed) => {
        const isStale = runtime.monotonicMs() - takenAtMs > STALE_CLAIM_MS;
        adapt(isStale);
        const work = attemptOnce(options, claimed, { done }, isStale).finally(() => {
          taken--;
          inFlight.delete(work);
          freed();
        });
        inFlight.add(work);
        return work;
      },
    };
  };

  return {
    slot,
    isReady: () => taken < limit && !gate.isShut(),
    room: () => Math.max(0, Math.min(gate.room(), limit - taken)),
    waitMs: () => {
      const ms = taken >= limit ? Number.POSITIVE_INFINITY : gate.shutForMs();
      isAwaited ||= ms > 0;
      return ms;
    },
    onFreed: (listener) => void listeners.push(listener),
    idle: async () => {
      while (inFlight.size > 0) await Promise.allSettled(inFlight);
    },
  };
};

const attemptOnce = async (
  options: TextSenderOptions,
  claimed: ClaimedText,
  pass: Pass,
  isStale: boolean,
): Promise<void> => {
  const { monotonicMs } = options.runtime;
  const { state: text, traceparent } = claimed;
  const startedAtMs = monotonicMs();
  const { to, body, smsId } = text;
  const attemptId = attemptIdOf(smsId, text.attempts.length);
  const outcome = isStale ? stale : await options.gateway.send({ to, body, attemptId, traceparent });
  pass.done(isStale ? undefined : outcome);
  options.onOutcome?.(claimed, outcome, monotonicMs() - startedAtMs);
  try {
    await record(options, claimed, outcome);
  } catch (error) {
    options.onFault?.(error, { correlationId: text.registrationId, traceparent });
  }
};

const stale: SendOutcome = {
  kind: "refused",
  failure: {
    code: "stale_claim",
    class: "safe_retry",
    failure: "unknown",
    reason: "The process was busy for too long to send the text in time.",
  },
};

/** Undefined for an infinite age: it never happened. */
export const agoAt = (now: Date, agoMs: number): Date | undefined =>
  Number.isFinite(agoMs) ? new Date(now.getTime() - agoMs) : undefined;

const record = async (options: TextSenderOptions, claimed: ClaimedText, outcome: SendOutcome): Promise<void> => {
  const { texts, suppression, gate, runtime, evidenceMs } = options;
  const { state: text, traceparent } = claimed;
  const attempt = text.attempts.length;
  const at = runtime.now();
  const othersWentAt = agoAt(at, gate.takenAgoMs());
  const decision = recordOutcome({ attempt, outcome, now: at, jitter: runtime.random(), othersWentAt, evidenceMs });
  const cause = { correlationId: text.registrationId, traceparent, id: attemptIdOf(text.smsId, attempt) };
  await persistently(runtime, () => texts.decide(text.smsId, decision, cause, claimed));
  if (outcome.kind === "refused" && outcome.failure.class === "opted_out") {
    const how = { via: "provider", code: outcome.failure.code } as const;
    const said = { at, asOf: new Date(text.attempts.at(-1)?.startedAt ?? at) };
    await persistently(runtime, () => suppression.optOut(text.to, how, said, { service: SERVICE, ...cause }));
  }
};

/** Undefined when the transaction claimed nothing. */
export const claimedBy = (done: Transaction<SmsState, SmsEvent>): ClaimedText | undefined => {
  const { state, events, revision, traceparent } = done;
  return isText(state) && events.some((e) => e.type === "SmsAttemptStarted")
    ? { state, revision, traceparent }
    : undefined;
};
