import type { EventStore } from "@touchline/event-store";
import { respectsQuietHours } from "../sms/circumstances.ts";
import { abandonAttempt, giveUpOnReceipt, observeAbsence, startAttempt } from "../sms/decide.ts";
import { messagesToPoll, nextPollMs, type Timing } from "../sms/due.ts";
import { quietUntil } from "../sms/quiet-hours.ts";
import { type Report, recordReport } from "../sms/report.ts";
import { isText, NO_RECEIPT, type Text } from "../sms/state.ts";
import { CLOCK_SKEW_MS, findEvidence } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import type { Gateway } from "./gateway.ts";
import { claimedBy, type Slot } from "./sender.ts";
import { transactText } from "./transact-text.ts";

export interface ChoresOptions {
  readonly store: EventStore;
  readonly facts: Facts;
  readonly gateway: Gateway;
  readonly now: () => Date;
  readonly random: () => number;
  readonly timing: Timing;
  /** The parent has another number by now. */
  readonly onSuperseded: (text: Text, traceparent?: string) => Promise<void>;
  /** An operator should know: Twilio's list could not settle it for a long time. */
  readonly onStillUnknown: (text: Text, openForMs: number, traceparent?: string) => void;
  readonly onReport: (text: Text, report: Report, news: boolean, traceparent?: string) => Promise<void>;
}

/** When to look at the text again although nothing happened to it; undefined when an event has told, or will. */
export type Again = number | "never" | undefined;

interface Traced {
  readonly text: Text | undefined;
  /** Of the text's story. */
  readonly traceparent: string | undefined;
}

const ALARM_AFTER_MS = 15 * 60_000;

/** What can be due about a text. Each reads the stream first: the projection may be behind, another instance ahead. */
export const createChores = (options: ChoresOptions) => {
  const { store, facts, gateway, now, random, timing } = options;
  const { evidenceMs, abandonedAfterMs } = timing;

  const read = async (smsId: string): Promise<Traced> => {
    const { state, traceparent } = await transactText(store, smsId, () => []);
    return { text: isText(state) ? state : undefined, traceparent };
  };

  /** Takes over the slot. `onClaimed` is told the position of the claim. */
  const send = async (smsId: string, slot: Slot, onClaimed?: (position?: bigint) => void): Promise<Again> => {
    let running = false;
    try {
      const { text: before, traceparent } = await read(smsId);
      if (before?.status !== "ready") return undefined;
      const circumstances = await facts.circumstances(before);
      if (!circumstances.story) return now().getTime() + 5_000;
      const done = await transactText(store, smsId, startAttempt(circumstances, now()), { claim: true });
      const claimed = claimedBy(done);
      if (claimed) {
        running = true;
        onClaimed?.(done.position);
        void slot.run(claimed);
      }
      if (done.events.some((e) => e.type === "SmsWithdrawn" && e.data.code === "superseded")) {
        await options.onSuperseded(before, traceparent);
      }
      if (done.events.length > 0) return undefined;
      const morning = respectsQuietHours(before.purpose) ? quietUntil(now()) : undefined;
      return morning?.getTime() ?? now().getTime() + 1_000;
    } finally {
      if (!running) slot.release();
    }
  };

  const abandon = async (smsId: string): Promise<Again> => {
    const decide = abandonAttempt(abandonedAfterMs, evidenceMs, now());
    await transactText(store, smsId, decide);
    return undefined;
  };

  const ask = async (smsId: string): Promise<Again> => {
    const { text, traceparent } = await read(smsId);
    if (text?.status !== "unknown") return undefined;
    const attempt = text.attempts.length;
    const openForMs = now().getTime() - Date.parse(text.attempts[attempt - 1]?.startedAt ?? "");
    if (openForMs > ALARM_AFTER_MS) options.onStillUnknown(text, openForMs, traceparent);
    const since = new Date(Date.parse(text.attempts[attempt - 1]?.startedAt ?? "") - CLOCK_SKEW_MS);
    const [listed, others] = await Promise.all([gateway.list(text.to, since, traceparent), siblings(text)]);
    const found = findEvidence(text, listed, others);
    if (found) {
      await take(text, found, "list", attempt);
      return undefined;
    }
    await transactText(store, smsId, observeAbsence(attempt, evidenceMs, now()));
    return undefined;
  };

  const siblings = async ({ registrationId, billingRequestId }: Text): Promise<Text[]> => {
    const [story, payment] = await Promise.all([facts.registration(registrationId), facts.payment(billingRequestId)]);
    return story ? facts.texts(registrationId, story, payment?.reopenings ?? 0) : [];
  };

  const poll = async (smsId: string): Promise<Again> => {
    const { text, traceparent } = await read(smsId);
    if (!text) return undefined;
    const unanswered: unknown[] = [];
    for (const sid of messagesToPoll(text)) {
      try {
        const report = await gateway.fetch(sid, traceparent);
        if (report) await take(text, report, "poll");
      } catch (error) {
        unanswered.push(error);
      }
    }
    // Also while Twilio cannot be asked: the time is over either way.
    const { state } = await transactText(store, smsId, giveUpOnReceipt(now()));
    const over = isText(state) && state.closed?.code === NO_RECEIPT;
    if (unanswered.length > 0 && !over) throw unanswered[0];
    return (isText(state) ? nextPollMs(state, timing, now().getTime()) : undefined) ?? "never";
  };

  const take = async (text: Text, found: Report, via: "list" | "poll", attempt?: number): Promise<void> => {
    const { providerMessageId, status, errorCode, priceMicros, priceUnit, segments } = found;
    const report: Report = {
      providerMessageId,
      status,
      ...(errorCode && { errorCode }),
      ...(priceMicros !== undefined && { priceMicros, ...(priceUnit && { priceUnit }) }),
      ...(segments && { segments }),
    };
    const facts = { report, via, now: now(), jitter: random(), ...(attempt && { attempt }) };
    const { events, traceparent } = await transactText(store, text.smsId, recordReport(facts));
    await options.onReport(text, report, events.length > 0, traceparent);
  };

  return { send, abandon, ask, poll };
};
