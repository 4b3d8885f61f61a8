import type { Text } from "../sms/state.ts";
import type { ListedMessage } from "./gateway.ts";

/** Clocks differ, and Twilio's dates have no fraction of a second. */
export const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The message that the open attempt of a text left in Twilio's list, if any. It has the very words of the text, its link
 * included, was created in the attempt's time, and is not known to belong to another attempt.
 *
 * `others` are the other texts of the registration: a resend has the same words. When several attempts are open, the
 * messages are shared out in order of time, so that one message is not taken for two texts.
 */
export const findEvidence = (
  text: Text,
  listed: readonly ListedMessage[],
  others: readonly Text[],
): ListedMessage | undefined => {
  const all = [text, ...others.filter((other) => other.smsId !== text.smsId)];
  const known = new Set(all.flatMap((t) => Object.keys(t.messages)));
  const free = listed
    .filter((m) => m.body === text.body && !known.has(m.providerMessageId))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const open = all
    .filter((t) => t.body === text.body && t.to === text.to)
    .flatMap((t) =>
      t.attempts.map((attempt, i) => ({ smsId: t.smsId, isLatest: i === t.attempts.length - 1, attempt })),
    )
    .filter(({ attempt: { fate } }) => fate === "unknown" || fate === "open" || fate === "absent")
    .sort((a, b) => Date.parse(a.attempt.startedAt) - Date.parse(b.attempt.startedAt));
  // Latest first: an attempt takes the newest message that may be its own, and leaves older ones to older attempts.
  for (const { smsId, isLatest, attempt } of open.reverse()) {
    const earliest = Date.parse(attempt.startedAt) - CLOCK_SKEW_MS;
    const index = free.findLastIndex((m) => m.createdAt.getTime() >= earliest);
    const [found] = index < 0 ? [] : free.splice(index, 1);
    if (smsId === text.smsId && isLatest) return found;
  }
  return undefined;
};
