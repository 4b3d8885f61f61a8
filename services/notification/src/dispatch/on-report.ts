import { concernsAllTexts } from "../sms/provider.ts";
import type { Report } from "../sms/report.ts";
import { isDelivered, isFailure } from "../sms/stages.ts";
import type { Text } from "../sms/state.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Gate } from "./gate.ts";
import { SERVICE } from "./texts.ts";

export interface ReportHandlerOptions {
  readonly suppression: SuppressionList;
  readonly gate: Gate;
  readonly now: () => Date;
  readonly onReport: (text: Text, report: Report, traceparent?: string) => void;
}

/** What a report means beyond its own text: an opt-out by the number's owner, or a fault in our configuration. */
export const createReportHandler =
  ({ suppression, gate, now, onReport }: ReportHandlerOptions) =>
  async (text: Text, report: Report, news: boolean, traceparent?: string): Promise<void> => {
    if (news) onReport(text, report, traceparent);
    const message = text.messages[report.providerMessageId];
    if (news && message && isDelivered(message.stage)) gate.arrived(now().getTime() - Date.parse(message.acceptedAt));
    const { stage, failure } = report;
    if (!failure || !stage || !isFailure(stage)) return;
    if (news && concernsAllTexts(failure)) gate.blameConfiguration();
    // On a repeat too: the process may have ended between recording the report and this. But each look at the message repeats it,
    // so it says nothing about a parent who has opted in since the message was taken.
    if (failure.class === "opted_out") {
      const { registrationId: correlationId } = text;
      const cause = { service: SERVICE, correlationId, id: report.providerMessageId, traceparent };
      const at = now();
      const said = { at, asOf: message ? new Date(message.acceptedAt) : at };
      await suppression.optOut(text.to, { via: "provider", code: failure.code }, said, cause);
    }
  };
