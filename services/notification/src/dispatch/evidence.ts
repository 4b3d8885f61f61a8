import { CLOCK_SKEW_MS } from "@touchline/contracts";
import { hasLink } from "../sms/link.ts";
import type { Text } from "../sms/state.ts";
import type { ListedMessage } from "./sms-gateway.ts";

/**
 * Finds the message in the provider's list that the text's open attempt created, if any. It has the text's link, was created
 * after the attempt started, and is not known to belong to another attempt.
 *
 * `others` are the other texts of the registration. They have the same link; a resend even has the same words. When several
 * attempts are open, messages are matched to them by time, so that no message counts for two texts.
 */
export const findEvidence = (
  text: Text,
  listed: readonly ListedMessage[],
  others: readonly Text[],
): ListedMessage | undefined => {
  const all = [text, ...others.filter((other) => other.smsId !== text.smsId)];
  const known = new Set(all.flatMap((t) => Object.keys(t.messages)));
  const free = listed
    .filter((m) => !known.has(m.providerMessageId))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const open = all
    .filter((t) => t.to === text.to)
    .flatMap((t) => t.attempts.map((attempt, i) => ({ t, isLatest: i === t.attempts.length - 1, attempt })))
    .filter(({ attempt: { fate } }) => fate === "unknown" || fate === "open" || fate === "absent")
    .sort((a, b) => Date.parse(a.attempt.startedAt) - Date.parse(b.attempt.startedAt));
  // Latest first: an attempt takes the newest message that may be its own and leaves older ones to older attempts.
  for (const { t, isLatest, attempt } of open.reverse()) {
    const earliest = Date.parse(attempt.startedAt) - CLOCK_SKEW_MS;
    const index = free.findLastIndex((m) => m.createdAt.getTime() >= earliest && mayBe(t, m, all));
    const [found] = index < 0 ? [] : free.splice(index, 1);
    if (t.smsId === text.smsId && isLatest) return found;
  }
  return undefined;
};

/**
 * The provider adds its own words to a trial account's texts, and may change characters in others. The link never changes. A
 * message with exactly the words of another text belongs to that text.
 */
const mayBe = (text: Text, { body }: ListedMessage, all: readonly Text[]): boolean => {
  if (body.includes(text.body)) return true;
  if (all.some((other) => other.body !== text.body && body.includes(other.body))) return false;
  return hasLink(text.body, text.billingRequestId) && hasLink(body, text.billingRequestId);
};
