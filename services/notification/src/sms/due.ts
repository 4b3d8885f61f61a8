import { RECEIPT_LIMIT_MS } from "./decide.ts";
import { isText, type SmsState, type Text } from "./state.ts";
import { isFinal } from "./status.ts";

export type Due = {
  /** Start an attempt; declare one abandoned; ask Twilio's list; ask for the message itself. */
  readonly what: "send" | "abandon" | "ask" | "poll";
  readonly atMs: number;
};

const MINUTE = 60_000;

/** After its acceptance a message is asked for at these times, until a final report and its price are known. */
export const POLL_AFTER_MS: readonly number[] = [
  3 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  ...[2, 6, 12, 24, 36, 48, 60, 71].map((hours) => hours * 60 * MINUTE),
  RECEIPT_LIMIT_MS,
];

/** What has to be done about a text, and when; undefined when its story is over. */
export const dueOf = (state: SmsState, abandonedAfterMs: number): Due | undefined => {
  if (!isText(state)) return undefined;
  const latest = state.attempts.at(-1);
  switch (state.status) {
    case "ready":
      return { what: "send", atMs: Math.max(...[state.requestedAt, state.retry?.at, state.notBefore].map(ms)) };
    case "attempting":
      return { what: "abandon", atMs: ms(latest?.startedAt) + abandonedAfterMs };
    case "unknown":
      return { what: "ask", atMs: ms(latest?.askAt) };
    default:
      return pollOf(state);
  }
};

const ms = (instant: string | undefined): number => (instant === undefined ? 0 : Date.parse(instant));

/** Messages that are still under way; their price comes later than their end. */
export const messagesToPoll = (text: Text): string[] =>
  Object.entries(text.messages)
    .filter(([, m]) => !isFinal(m.rank) || m.priceMicros === undefined)
    .map(([sid]) => sid);

const pollOf = (text: Text): Due | undefined => {
  if (text.closed?.code === "no_receipt" || messagesToPoll(text).length === 0) return undefined;
  const first = Math.min(...Object.values(text.messages).map((m) => Date.parse(m.acceptedAt)));
  return { what: "poll", atMs: first + (POLL_AFTER_MS[0] ?? 0) };
};

/** The next time to ask, seen from `now`; undefined when there is none any more. */
export const nextPollMs = (text: Text, now: Date): number | undefined => {
  const starts = Object.values(text.messages).map((m) => Date.parse(m.acceptedAt));
  return starts
    .flatMap((start) => POLL_AFTER_MS.map((after) => start + after))
    .filter((at) => at > now.getTime())
    .sort((a, b) => a - b)[0];
};
