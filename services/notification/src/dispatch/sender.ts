import { setTimeout as sleep } from "node:timers/promises";
import { Fault, type SmsEvent } from "@touchline/contracts";
import type { EventStore, Known, Transaction } from "@touchline/event-store";
import { type Outcome, recordOutcome } from "../sms/decide.ts";
import { attemptIdOf } from "../sms/id.ts";
import { isText, type SmsState, type Text } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Gate, Pass } from "./gate.ts";
import type { Gateway } from "./gateway.ts";
import { SERVICE, transactText } from "./transact-text.ts";

export interface SenderOptions {
  readonly store: EventStore;
  readonly gateway: Gateway;
  readonly gate: Gate;
  readonly suppression: SuppressionList;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly evidenceMs: number;
  /** Attempts under way at once. */
  readonly maxInFlight: number;
  readonly onOutcome?: (claimed: Claimed, outcome: Outcome, tookMs: number) => void;
  readonly onFault?: (error: unknown, about: About) => void;
}

/** What is known of the story of whatever went wrong. */
export interface About {
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Room for one attempt. Taken before the claim, so that no attempt is claimed and then left waiting. */
export interface Slot {
  /** Calls Twilio for the attempt that was just claimed, and records what came of it. Never rejects. */
  run(claimed: Claimed): Promise<void>;
  /** Nothing was claimed. */
  release(): void;
}

export interface Sender {
  /** Undefined while texts are kept back, or too many attempts are under way. */
  slot(): Slot | undefined;
  /** Whether `slot` would give one. */
  readonly isReady: () => boolean;
  readonly room: () => number;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/**
 * A claim older than this is not acted upon: the process was asleep, and the parent's number, the payment or the claim
 * itself may be another's by now.
 */
export const STALE_CLAIM_MS = 5_000;

/** For how long an outcome that cannot be stored is offered again. After that, only evidence closes the attempt. */
const RECORDING_MS = 30_000;

export const createSender = (options: SenderOptions): Sender => {
  const { gateway, gate, maxInFlight, monotonicMs, onOutcome } = options;
  const underWay = new Set<Promise<void>>();
  let taken = 0;

  const send = async ({ state: text, traceparent }: Claimed, attempt: number, takenAt: number): Promise<Outcome> => {
    if (monotonicMs() - takenAt > STALE_CLAIM_MS) return stale;
    const { to, body, smsId } = text;
    return gateway.send({ to, body, attemptId: attemptIdOf(smsId, attempt), traceparent });
  };

  const attemptOnce = async (claimed: Claimed, pass: Pass, takenAt: number) => {
    const text = claimed.state;
    const attempt = text.attempts.length;
    const startedAt = monotonicMs();
    const outcome = await send(claimed, attempt, takenAt);
    pass.done(outcome === stale ? undefined : outcome);
    onOutcome?.(claimed, outcome, monotonicMs() - startedAt);
    try {
      await record(options, claimed, outcome);
    } catch (error) {
      options.onFault?.(error, { correlationId: text.registrationId, traceparent: claimed.traceparent });
    }
  };

  return {
    slot: () => {
      if (taken >= maxInFlight) return undefined;
      const pass = gate.pass();
      if (!pass) return undefined;
      taken++;
      const takenAt = monotonicMs();
      const free = () => void taken--;
      return {
        release: () => {
          pass.done();
          free();
        },
        run: (claimed) => {
          const work = attemptOnce(claimed, pass, takenAt).finally(() => {
            free();
            underWay.delete(work);
          });
          underWay.add(work);
          return work;
        },
      };
    },
    isReady: () => taken < maxInFlight && !gate.isShut(),
    room: () => maxInFlight - taken,
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
};

const stale: Outcome = {
  kind: "refused",
  failure: {
    code: "stale_claim",
    class: "safe_retry",
    reason: "The process was busy for too long to send the text in time.",
  },
};

/** Twilio was called: its answer must not get lost because the event store is away for a moment. */
const record = async (
  { store, suppression, now, random, evidenceMs }: SenderOptions,
  claimed: Claimed,
  outcome: Outcome,
): Promise<void> => {
  const { state: text, traceparent } = claimed;
  const attempt = text.attempts.length;
  const at = now();
  const decide = recordOutcome({ attempt, outcome, now: at, jitter: random(), evidenceMs });
  const cause = {
    service: SERVICE,
    correlationId: text.registrationId,
    traceparent,
    id: attemptIdOf(text.smsId, attempt),
  };
  await persistently(() => transactText(store, text.smsId, decide, cause, claimed));
  if (outcome.kind === "refused" && outcome.failure.class === "opted_out") {
    const { code } = outcome.failure;
    await persistently(() => suppression.optOut(text.to, { via: "provider", code }, at, cause));
  }
};

const persistently = async <T>(work: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + RECORDING_MS;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || performance.now() > deadline) throw error;
      await sleep(delayMs);
    }
  }
};

/** A text with an attempt that is ours to make. */
export type Claimed = Known<Text>;

/** Undefined when the transaction claimed nothing. */
export const claimedBy = (done: Transaction<SmsState, SmsEvent>): Claimed | undefined => {
  const { state, events, revision, traceparent } = done;
  return isText(state) && events.some((e) => e.type === "SmsAttemptStarted")
    ? { state, revision, traceparent }
    : undefined;
};
