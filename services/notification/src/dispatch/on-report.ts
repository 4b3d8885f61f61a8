import { classify } from "../sms/provider-codes.ts";
import type { Report } from "../sms/report.ts";
import type { Text } from "../sms/state.ts";
import { isFailure, rankOf } from "../sms/status.ts";
import type { SuppressionList } from "../suppression/list.ts";
import type { Gate } from "./gate.ts";
import { SERVICE } from "./transact-text.ts";

export interface ReportHandlerOptions {
  readonly suppression: SuppressionList;
  readonly gate: Gate;
  readonly now: () => Date;
  readonly onReport: (text: Text, report: Report) => void;
}

/** What a report means beyond its text: for the number's owner, and for our configuration. */
export const createReportHandler =
  ({ suppression, gate, now, onReport }: ReportHandlerOptions) =>
  async (text: Text, report: Report, news: boolean): Promise<void> => {
    if (news) onReport(text, report);
    if (!report.errorCode || !isFailure(rankOf(report.status))) return;
    const failureClass = classify(report.errorCode);
    if (news && failureClass === "configuration") gate.blameConfiguration();
    // A repeat too: the process may have gone away between the report and this.
    if (failureClass === "opted_out") {
      const cause = { service: SERVICE, correlationId: text.registrationId, id: report.providerMessageId };
      await suppression.optOut(text.to, { via: "provider", code: String(report.errorCode) }, now(), cause);
    }
  };
