import type { SmsEvent } from "@touchline/contracts";
import { acceptedEvents, setAside } from "./decide.ts";
import type { Failure } from "./provider.ts";
import { redactLate } from "./redact.ts";
import { type FailureFacts, nextStep, numberFaultOfReport } from "./retry.ts";
import { isFailure, isLater, type Stage } from "./stages.ts";
import { type EvolveSms, isText, type Message, type SmsState, type Text } from "./state.ts";

/** What a callback, the list or the message itself says about a message. */
export interface Report {
  readonly providerMessageId: string;
  /** The provider's word, unchanged. */
  readonly status: string;
  /** What the word means; undefined if we do not know it. */
  readonly stage: Stage | undefined;
  /** What its error code means. */
  readonly failure?: Failure;
  readonly priceMicros?: number;
  readonly priceUnit?: string;
  readonly segments?: number;
}

export interface ReportFacts extends FailureFacts {
  readonly report: Report;
  /** The attempt that the signed callback URL names, or about which we asked for the list. */
  readonly attempt?: number;
  readonly via: "callback" | "list" | "poll";
  /** When the provider took the message, if it says so. */
  readonly createdAt?: Date;
}

/**
 * Records a report. It closes an attempt whose answer never came, moves the message forward (never back), and schedules another
 * attempt if the text was lost for a reason that may pass.
 */
export const recordReport =
  ({ report, attempt, via, createdAt, ...facts }: ReportFacts, evolve: EvolveSms) =>
  (state: SmsState): SmsEvent[] => {
    const { now } = facts;
    if (state.status === "erased") return redactLate(state, report.providerMessageId, now);
    if (!isText(state)) return [];
    const acceptedAt = createdAt && createdAt < now ? createdAt : now;
    const events: SmsEvent[] = attempt === undefined ? [] : acceptedEvents(state, attempt, report, via, acceptedAt);
    const known = events.reduce(evolve, state as SmsState) as Text;
    const message = known.messages[report.providerMessageId];
    if (!message || !isNews(message, report)) return events;
    const reported: SmsEvent = { type: "SmsStatusReported", data: reportedData(report, via, now) };
    if (!isNewEnd(message, report)) return [...events, reported];
    return [...events, reported, ...afterFailure(evolve(known, reported) as Text, report, facts)];
  };

/** False for a report of what is known, such as one that only adds the price: it says nothing about another attempt. */
const isNewEnd = (message: Message, { stage }: Report): boolean =>
  stage !== undefined && isFailure(stage) && isLater(stage, message.stage);

const isNews = (message: Message, { status, stage, priceMicros }: Report): boolean => {
  if (stage === undefined) return !message.parked.includes(status);
  return isLater(stage, message.stage) || (priceMicros !== undefined && priceMicros !== message.priceMicros);
};

const reportedData = ({ stage, failure, ...rest }: Report, via: ReportFacts["via"], now: Date) => {
  const failed = stage !== undefined && isFailure(stage) && stage !== "cancelled";
  const numberFault = failed ? numberFaultOfReport(failure) : undefined;
  return {
    ...rest,
    ...(failure && { errorCode: failure.code }),
    ...(numberFault && { numberFault }),
    via,
    reportedAt: now.toISOString(),
  };
};

/** Another attempt only if the text as a whole has failed, not while another of its messages may still arrive. */
const afterFailure = (text: Text, { failure, stage }: Report, facts: FailureFacts): SmsEvent[] => {
  const ended = text.status === "undelivered" || text.status === "failed";
  if (!ended || text.closed || !failure || stage === "cancelled") return [];
  const { now } = facts;
  const step = nextStep(text, failure, facts);
  // The report itself already says how it ended.
  if (step.kind === "stop") return [];
  if (step.kind === "set_aside") return [setAside(failure, now)];
  const retryAt = new Date(now.getTime() + step.afterMs).toISOString();
  const { code } = failure;
  const data = { attempt: text.attempts.length, code, counted: step.counted, retryAt, scheduledAt: now.toISOString() };
  return [{ type: "SmsRetryScheduled", data }];
};
