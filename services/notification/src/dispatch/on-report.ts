import { classify } from "../sms/provider-codes.ts";
import type { Report } from "../sms/report.ts";
import type { Text } from "../sms/state.ts";
import { isDelivered, isFailure, rankOf } from "../sms/status.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Gate } from "./gate.ts";
import { SERVICE } from "./transact-text.ts";

export interface ReportHandlerOptions {
  readonly suppression: SuppressionList;
  readonly gate: Gate;
  readonly now: () => Date;
  readonly onReport: (text: Text, report: Report, traceparent?: string) => void;
}

/** What a report means beyond its text: for the number's owner, and for our configuration. */
export const createReportHandler =
  ({ suppression, gate, now, onReport }: ReportHandlerOptions) =>
  async (text: Text, report: Report, news: boolean, traceparent?: string): Promise<void> => {
    if (news) onReport(text, report, traceparent);
    const message = text.messages[report.providerMessageId];
    if (news && message && isDelivered(message.rank)) gate.arrived(now().getTime() - Date.parse(message.acceptedAt));
    if (!report.errorCode || !isFailure(rankOf(report.status))) return;
    const failureClass = classify(report.errorCode);
    if (news && failureClass === "configuration") gate.blameConfiguration();
    // A repeat too: the process may have gone away between the report and this.
    if (failureClass === "opted_out") {
      const { registrationId: correlationId } = text;
      const cause = { service: SERVICE, correlationId, id: report.providerMessageId, traceparent };
      await suppression.optOut(text.to, { via: "provider", code: String(report.errorCode) }, now(), cause);
    }
  };
