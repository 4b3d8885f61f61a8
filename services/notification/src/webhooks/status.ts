import type { Joinable } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import type { Gate } from "../dispatch/gate.ts";
import { agoAt } from "../dispatch/text-sender.ts";
import type { Texts } from "../dispatch/texts.ts";
import { parseAttemptId } from "../sms/attempt-id.ts";
import { type Report, recordReport } from "../sms/report.ts";
import { isText, type Text } from "../sms/state.ts";
import { type Form, readStatusCallback } from "../twilio/callbacks.ts";

export interface StatusOptions {
  readonly texts: Texts;
  readonly gate: Pick<Gate, "arrivedAgoMs">;
  readonly runtime: Pick<Runtime, "now" | "random">;
  readonly onReport: (text: Text, report: Report, news: boolean, traceparent?: string) => Promise<void>;
  /** Whether the callback names a text of ours. */
  readonly onMatched: (what: "status" | "unmatched") => void;
}

/** Records a status callback. Repeats change nothing. */
export const createStatusHandler =
  ({ texts, gate, runtime, onReport, onMatched }: StatusOptions) =>
  async (attemptId: string | undefined, form: Form, request?: Joinable): Promise<void> => {
    const named = parseAttemptId(attemptId ?? "");
    const report = readStatusCallback(form);
    if (!named || !report) return onMatched("unmatched");
    const { smsId, attempt } = named;
    const now = runtime.now();
    const othersWentAt = agoAt(now, gate.arrivedAgoMs());
    const reported = { report, attempt, via: "callback", now, jitter: runtime.random(), othersWentAt } as const;
    const id = `${report.providerMessageId}/${report.status}`;
    const decision = recordReport(reported, texts.evolve);
    const { state, events, traceparent } = await texts.decide(smsId, decision, { id, request });
    if (!isText(state)) return onMatched("unmatched");
    onMatched("status");
    await onReport(state, report, events.length > 0, traceparent);
  };
