import { CLOCK_SKEW_MS } from "@touchline/contracts";
import { quietUntil } from "@touchline/london";
import type { Runtime } from "@touchline/service/runtime";
import { respectsQuietHours } from "../sms/circumstances.ts";
import { abandonAttempt, giveUpOnReceipt, observeAbsence, startAttempt } from "../sms/decide.ts";
import { messagesToPoll, nextPollMs, type Timing } from "../sms/due.ts";
import { type Report, recordReport } from "../sms/report.ts";
import { isText, NO_RECEIPT, type Text } from "../sms/state.ts";
import { findEvidence } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import type { Gate } from "./gate.ts";
import type { SmsGateway } from "./sms-gateway.ts";
import { agoAt, claimedBy, type SendSlot } from "./text-sender.ts";
import type { Texts } from "./texts.ts";

export interface ChoresOptions {
  readonly texts: Texts;
  readonly facts: Facts;
  readonly gateway: SmsGateway;
  readonly gate: Pick<Gate, "arrivedAgoMs">;
  readonly runtime: Pick<Runtime, "now" | "random">;
  readonly timing: Timing;
  /** The parent has another number now. */
  readonly onSuperseded: (text: Text, traceparent?: string) => Promise<void>;
  /** The provider's list has not settled it for a long time: an operator should know. */
  readonly onStillUnknown: (text: Text, openForMs: number, traceparent?: string) => void;
  readonly onReport: (text: Text, report: Report, news: boolean, traceparent?: string) => Promise<void>;
}

/** When to look at the text again if nothing happens to it; undefined when an event has planned that, or will. */
export type LookAgain = number | "never" | undefined;

/** What can be due for a text. Each chore reads the stream first: the projection may be behind, or another instance ahead. */
export interface Chores {
  /** Uses the slot, or releases it. `onClaimed` gets the position of the claim. */
  send(smsId: string, slot: SendSlot, onClaimed?: (position?: bigint) => void): Promise<LookAgain>;
  abandon(smsId: string): Promise<LookAgain>;
  ask(smsId: string): Promise<LookAgain>;
  poll(smsId: string): Promise<LookAgain>;
}

const ALARM_AFTER_MS = 15 * 60_000;

export const createChores = (options: ChoresOptions): Chores => ({
  send: (smsId, slot, onClaimed) => sendOne(options, smsId, slot, onClaimed),
  abandon: async (smsId) => {
    const { abandonedAfterMs, evidenceMs } = options.timing;
    await options.texts.decide(smsId, abandonAttempt(abandonedAfterMs, evidenceMs, options.runtime.now()));
    return undefined;
  },
  ask: (smsId) => askList(options, smsId),
  poll: (smsId) => pollMessages(options, smsId),
});

const sendOne = async (
  { texts, facts, runtime: { now }, onSuperseded }: ChoresOptions,
  smsId: string,
  slot: SendSlot,
  onClaimed?: (position?: bigint) => void,
): Promise<LookAgain> => {
  let running = false;
  try {
    const { text: before, traceparent } = await texts.read(smsId);
    if (before?.status !== "ready") return undefined;
    const circumstances = await facts.circumstances(before);
    if (!circumstances.registration) return now().getTime() + 5_000;
    const done = await texts.decide(smsId, startAttempt(circumstances, now()), { claim: true });
    const claimed = claimedBy(done);
    if (claimed) {
      running = true;
      onClaimed?.(done.position);
      void slot.run(claimed);
    }
    if (done.events.some((e) => e.type === "SmsWithdrawn" && e.data.code === "superseded")) {
      await onSuperseded(before, traceparent);
    }
    if (done.events.length > 0) return undefined;
    const morning = respectsQuietHours(before.purpose) ? quietUntil(now()) : undefined;
    return morning?.getTime() ?? now().getTime() + 1_000;
  } finally {
    if (!running) slot.release();
  }
};

/** Asks the provider's list whether it has the text. */
const askList = async (options: ChoresOptions, smsId: string): Promise<LookAgain> => {
  const { texts, gateway, timing, runtime, onStillUnknown } = options;
  const { text, traceparent } = await texts.read(smsId);
  if (text?.status !== "unknown") return undefined;
  const attempt = text.attempts.length;
  const startedAtMs = Date.parse(text.attempts[attempt - 1]?.startedAt ?? "");
  const openForMs = runtime.now().getTime() - startedAtMs;
  if (openForMs > ALARM_AFTER_MS) onStillUnknown(text, openForMs, traceparent);
  const since = new Date(startedAtMs - CLOCK_SKEW_MS);
  const [listed, others] = await Promise.all([gateway.list(text.to, since, traceparent), siblings(options, text)]);
  const found = findEvidence(text, listed, others);
  if (found) await record(options, text, found, "list", attempt);
  else await texts.decide(smsId, observeAbsence(attempt, timing.evidenceMs, runtime.now()));
  return undefined;
};

const siblings = async ({ facts }: ChoresOptions, { registrationId, billingRequestId }: Text): Promise<Text[]> => {
  const [registration, link] = await Promise.all([facts.registration(registrationId), facts.link(billingRequestId)]);
  return registration ? facts.texts(registrationId, registration, link) : [];
};

/** Asks the provider about each message of the text. */
const pollMessages = async (options: ChoresOptions, smsId: string): Promise<LookAgain> => {
  const { texts, gateway, timing, runtime } = options;
  const { text, traceparent } = await texts.read(smsId);
  if (!text) return undefined;
  const unanswered: unknown[] = [];
  for (const id of messagesToPoll(text)) {
    try {
      const report = await gateway.fetch(id, traceparent);
      if (report) await record(options, text, report, "poll");
    } catch (error) {
      unanswered.push(error);
    }
  }
  // Even if the provider did not answer: the time is up either way.
  const { state } = await texts.decide(smsId, giveUpOnReceipt(runtime.now()));
  const over = isText(state) && state.closed?.code === NO_RECEIPT;
  if (unanswered.length > 0 && !over) throw unanswered[0];
  return (isText(state) ? nextPollMs(state, timing, runtime.now().getTime()) : undefined) ?? "never";
};

const record = async (
  { texts, gate, runtime, onReport }: ChoresOptions,
  text: Text,
  {
    providerMessageId,
    status,
    stage,
    failure,
    priceMicros,
    priceUnit,
    segments,
    createdAt,
  }: Report & { readonly createdAt?: Date },
  via: "list" | "poll",
  attempt?: number,
): Promise<void> => {
  const report: Report = {
    providerMessageId,
    status,
    stage,
    ...(failure && { failure }),
    ...(priceMicros !== undefined && { priceMicros, ...(priceUnit && { priceUnit }) }),
    ...(segments && { segments }),
  };
  const now = runtime.now();
  const facts = { now, jitter: runtime.random(), othersWentAt: agoAt(now, gate.arrivedAgoMs()) };
  const reported = { report, via, ...facts, ...(attempt && { attempt }), ...(createdAt && { createdAt }) };
  const { events, traceparent } = await texts.decide(text.smsId, recordReport(reported, texts.evolve));
  // One that only adds the price says nothing new about the number or our account.
  const isNews = events.length > 0 && text.messages[providerMessageId]?.stage !== stage;
  await onReport(text, report, isNews, traceparent);
};
