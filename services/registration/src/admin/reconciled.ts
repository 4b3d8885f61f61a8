import { Fault, type PaymentEvent, poundsAndPence, RECONCILIATION_ID } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { type Html, html } from "@touchline/service/html";
import { plural } from "@touchline/timeline";
import { shortTime } from "./words.ts";

type Report = Extract<PaymentEvent, { type: "ReconciliationFinished" }>["data"];

/** The result of the last comparison with GoCardless's books; undefined before the first one, and while the event store is down. */
export const lastReconciliation = async (store: EventStore): Promise<Report | undefined> => {
  try {
    const events = await store.read<PaymentEvent>(`payment-${RECONCILIATION_ID}`);
    return events.flatMap(({ type, data }) => (type === "ReconciliationFinished" ? [data] : [])).at(-1);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
};

/** Says that every penny is explained, or what differs. */
export const reconciledLine = (report: Report, now: Date): Html => {
  const { unexplainedPence, unexplained, differences, repairedLate, finishedAt } = report;
  return html`<div data-live id="reconciled"><p class="quiet">Compared with GoCardless ${shortTime(finishedAt, now)}: <strong>${poundsAndPence(unexplainedPence)} unexplained</strong>.${
    repairedLate > 0 &&
    html` GoCardless reported ${plural(repairedLate, "event")} more than a week late, so no text was sent.`
  }</p>
${unexplained > 0 && html`<details><summary id="differences">${plural(unexplained, "difference")}</summary><ul class="records">${differences.map(difference)}</ul></details>`}</div>`;
};

const difference = ({ kind, id, registrationId, pence, ours, theirs }: Report["differences"][number]): Html =>
  html`<li><div><span class="what">${pence > 0 && `${poundsAndPence(pence)}, `}${kind} ${id}</span>
<span class="detail">“${wordsOf(ours)}” in Touchline, “${wordsOf(theirs)}” at GoCardless${registrationId !== undefined && html`. <a href="/admin/registrations/${registrationId}">The family</a>`}</span></div></li>`;

/** `charged back` of `charged_back` */
const wordsOf = (code: string): string => code.replaceAll("_", " ");
