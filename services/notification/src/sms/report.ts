import type { SmsEvent } from "@touchline/contracts";
import { acceptedEvents } from "./decide.ts";
import { failureOf, nextStep, numberFaultOfReport } from "./retry.ts";
import { evolve, isText, type Message, type SmsState, type Text } from "./state.ts";
import { isFailure, PARKED, rankOf } from "./status.ts";

/** Where a message is, as a callback, the list or the message itself says. */
export interface Report {
  readonly providerMessageId: string;
  /** Twilio's word, as it came. */
  readonly status: string;
  readonly errorCode?: number;
  readonly priceMicros?: number;
  readonly priceUnit?: string;
  readonly segments?: number;
}

export interface ReportFacts {
  readonly report: Report;
  /** The attempt that the signed callback URL names, or that the list was asked for. */
  readonly attempt?: number;
  readonly via: "callback" | "list" | "poll";
  readonly now: Date;
  readonly jitter: number;
}

/**
 * Takes in what Twilio reports: it closes an attempt whose answer we never saw, moves the message forward (never back),
 * and schedules another attempt when the text was lost for a reason that may pass.
 */
export const recordReport =
  ({ report, attempt, via, now, jitter }: ReportFacts) =>
  (state: SmsState): SmsEvent[] => {
    if (!isText(state)) return [];
    const events: SmsEvent[] = attempt === undefined ? [] : acceptedEvents(state, attempt, report, via, now);
    const known = events.reduce(evolve, state as SmsState) as Text;
    const message = known.messages[report.providerMessageId];
    if (!message || !isNews(message, report)) return events;
    events.push({ type: "SmsStatusReported", data: reportedData(report, via, now) });
    const after = events.reduce(evolve, state as SmsState) as Text;
    return [...events, ...afterFailure(after, report, now, jitter)];
  };

const isNews = (message: Message, { status, priceMicros }: Report): boolean => {
  const rank = rankOf(status);
  if (rank === PARKED) return !message.parked.includes(status);
  return rank > message.rank || (priceMicros !== undefined && priceMicros !== message.priceMicros);
};

const reportedData = (report: Report, via: ReportFacts["via"], now: Date) => {
  const { errorCode, ...rest } = report;
  const failed = isFailure(rankOf(report.status)) && report.status !== "canceled";
  const numberFault = failed ? numberFaultOfReport(errorCode ? failureOf(errorCode) : undefined) : undefined;
  return {
    ...rest,
    ...(errorCode && { errorCode: String(errorCode) }),
    ...(numberFault && { numberFault }),
    via,
    reportedAt: now.toISOString(),
  };
};

/** Only the failure of the text as a whole leads to another attempt: not while another message of it may still arrive. */
const afterFailure = (text: Text, { errorCode, status }: Report, now: Date, jitter: number): SmsEvent[] => {
  const ended = text.status === "undelivered" || text.status === "failed";
  if (!ended || text.closed || !errorCode || status === "canceled") return [];
  const attempt = text.attempts.length;
  const failure = failureOf(errorCode);
  const { code } = failure;
  const step = nextStep(text, failure, now, jitter);
  // Nothing is added otherwise: the report itself has said how it ended.
  if (step.kind === "stop") return [];
  const retryAt = new Date(now.getTime() + step.afterMs).toISOString();
  const data = { attempt, code, counted: step.counted, retryAt, scheduledAt: now.toISOString() };
  return [{ type: "SmsRetryScheduled", data }];
};
