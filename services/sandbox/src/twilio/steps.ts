import { type Message, type MessageStatus, nextStatus } from "./message.ts";
import type { TwilioLifecycle } from "./options.ts";

/** What becomes of a text next, and in how many milliseconds. */
export type Step = { readonly status: MessageStatus; readonly ms: number; readonly errorCode?: number | undefined };

const VALIDITY_EXPIRED = 30036;

/** The next step of a text; undefined if it stays as it is. */
export const nextStep = (message: Message, lifecycle: TwilioLifecycle, now: Date): Step | undefined => {
  const usual = usualStep(message, lifecycle, now);
  const expiresInMs = expiryOf(message, now);
  return usual === undefined || usual.ms > expiresInMs ? expired(expiresInMs) : usual;
};

const usualStep = (message: Message, lifecycle: TwilioLifecycle, now: Date): Step | undefined => {
  const { outcome, sendAt = message.createdAt } = message;
  const status = nextStatus(message);
  if (status === undefined) {
    const late = message.status === outcome.status ? outcome.later : undefined;
    return late && { ...late, ms: late.afterMs };
  }
  const waits: Partial<Record<MessageStatus, number>> = {
    scheduled: Math.max(Date.parse(sendAt) - now.getTime(), 0),
    accepted: lifecycle.acceptedMs,
    queued: lifecycle.sendingMs,
    sending: lifecycle.sentMs,
  };
  const ms = waits[message.status] ?? lifecycle.reportMs;
  return status === "undelivered" || status === "failed"
    ? { status, ms, errorCode: outcome.errorCode }
    : { status, ms };
};

/** In how many milliseconds a text that waits in Twilio's queue expires. */
const expiryOf = ({ status, createdAt, sendAt, validitySeconds }: Message, now: Date): number =>
  validitySeconds === undefined || (status !== "accepted" && status !== "queued")
    ? Number.POSITIVE_INFINITY
    : Math.max(Date.parse(sendAt ?? createdAt) + validitySeconds * 1_000 - now.getTime(), 0);

const expired = (ms: number): Step | undefined =>
  Number.isFinite(ms) ? { status: "failed", ms, errorCode: VALIDITY_EXPIRED } : undefined;
