import { RECEIPT_LIMIT_MS, SECOND_LOOK_FACTOR } from "./decide.ts";
import { isFinal } from "./stages.ts";
import { isText, type Message, NO_RECEIPT, type SmsState, type Text, waitBefore } from "./state.ts";

export type Due = {
  /** Start an attempt; declare one abandoned; ask for the provider's list; ask about the message itself. */
  readonly what: "send" | "abandon" | "ask" | "poll";
  readonly atMs: number;
  /** The longest wait that the plan allows from now. A later `atMs` came from a clock that was ahead, and is brought forward. */
  readonly waitMs: number;
};

export interface Timing {
  /** How long after its start an attempt without an outcome counts as abandoned. */
  readonly abandonedAfterMs: number;
  /** How long we wait before asking for the provider's list about an unknown outcome, or about a message without a report. */
  readonly evidenceMs: number;
}

const HOUR_MS = 3_600_000;
const LATER_MS = [2, 6, 12, 24, 36, 48, 60, 71].map((hours) => hours * HOUR_MS);
/** The longest time between two polls. */
const POLL_WAIT_MS = 12 * HOUR_MS;

/** When a message is polled. Once it has ended, only its price is missing, which takes a while. */
const pollTimes = (message: Message, { evidenceMs }: Timing): number[] => {
  const soon = isFinal(message.stage) ? [30] : [1, 3, 10, 30];
  const accepted = Date.parse(message.acceptedAt);
  return [...soon.map((n) => n * evidenceMs), ...LATER_MS, RECEIPT_LIMIT_MS].map((after) => accepted + after);
};

/** What has to be done for a text, and when; undefined if nothing is left to do. */
export const dueOf = (state: SmsState, timing: Timing): Due | undefined => {
  if (!isText(state)) return undefined;
  const latest = state.attempts.at(-1);
  switch (state.status) {
    case "ready":
      return {
        what: "send",
        atMs: Math.max(...[state.requestedAt, state.retry?.at, state.notBefore].map(ms)),
        waitMs: Math.max(state.retry?.waitMs ?? 0, waitBefore(state)),
      };
    case "attempting": {
      const waitMs = timing.abandonedAfterMs;
      return { what: "abandon", atMs: ms(latest?.startedAt) + waitMs, waitMs };
    }
    case "unknown":
      return { what: "ask", atMs: ms(latest?.askAt), waitMs: SECOND_LOOK_FACTOR * timing.evidenceMs };
    default: {
      const atMs = nextPollMs(state, timing, 0);
      return atMs === undefined ? undefined : { what: "poll", atMs, waitMs: POLL_WAIT_MS };
    }
  }
};

const ms = (instant: string | undefined): number => (instant === undefined ? 0 : Date.parse(instant));

const isUnfinished = (message: Message): boolean => !isFinal(message.stage) || message.priceMicros === undefined;

/** Messages that are still under way or have no price yet. */
export const messagesToPoll = (text: Text): string[] =>
  Object.entries(text.messages)
    .filter(([, message]) => isUnfinished(message))
    .map(([id]) => id);

/** The next time after `afterMs` to poll a text's messages; undefined if there is none. */
export const nextPollMs = (text: Text, timing: Timing, afterMs: number): number | undefined => {
  if (text.closed?.code === NO_RECEIPT) return undefined;
  const times = Object.values(text.messages)
    .filter(isUnfinished)
    .flatMap((message) => pollTimes(message, timing))
    .filter((at) => at > afterMs);
  return times.length > 0 ? Math.min(...times) : undefined;
};
