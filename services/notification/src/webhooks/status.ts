import type { EventStore } from "@touchline/event-store";
import type { Joinable } from "@touchline/service";
import { transactText } from "../dispatch/transact-text.ts";
import { parseAttemptId } from "../sms/id.ts";
import { type Report, recordReport } from "../sms/report.ts";
import { isText, type Text } from "../sms/state.ts";
import type { Form } from "./routes.ts";

export interface StatusOptions {
  readonly store: EventStore;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onReport: (text: Text, report: Report, news: boolean, traceparent?: string) => Promise<void>;
  /** Whether the callback names a text of ours. */
  readonly onMatched: (what: "status" | "unmatched") => void;
}

/** Takes in a status callback. Fields that we do not know are let be; repeats change nothing. */
export const createStatusHandler =
  ({ store, now, random, onReport, onMatched }: StatusOptions) =>
  async (attemptId: string | undefined, form: Form, request?: Joinable): Promise<void> => {
    const named = parseAttemptId(attemptId ?? "");
    const report = readReport(form);
    if (!named || !report) return onMatched("unmatched");
    const { smsId, attempt } = named;
    const decide = recordReport({ report, attempt, via: "callback", now: now(), jitter: random() });
    const id = `${report.providerMessageId}/${report.status}`;
    const { state, events, traceparent } = await transactText(store, smsId, decide, { id, request });
    if (!isText(state)) return onMatched("unmatched");
    onMatched("status");
    await onReport(state, report, events.length > 0, traceparent);
  };

const readReport = (form: Form): Report | undefined => {
  const providerMessageId = form.MessageSid || form.SmsSid;
  const status = form.MessageStatus || form.SmsStatus;
  const errorCode = Number(form.ErrorCode);
  if (!providerMessageId || !status) return undefined;
  return { providerMessageId, status, ...(errorCode > 0 && { errorCode }) };
};
