import type { PaymentEvent } from "@touchline/contracts";
import { type PaymentDecision, statusChange } from "./decide.ts";
import { applyElsewhere, countingRecords, type MoneyRecord, openRecord } from "./elsewhere.ts";
import type { Link } from "./state.ts";
import { feeOpenPence, feePaid, openRequest } from "./status.ts";

/** Requests that money paid elsewhere be counted. No events if that was already requested. */
export const requestElsewhere =
  (record: Omit<MoneyRecord, "status">): PaymentDecision =>
  (state) =>
    state.status === "none" || state.elsewhere.some(({ recordId }) => recordId === record.recordId)
      ? []
      : [{ type: "MoneyElsewhereRequested", data: { billingRequestId: state.id, ...record } }];

/** Decides whether the first open record counts. No events if there is none, or a billing request could still be paid. */
export const settleElsewhere =
  (now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none") return [];
    const record = openRecord(state);
    if (!record || mustCancel(state, record)) return [];
    const { status: _, ...data } = record;
    const about = { billingRequestId: state.id };
    const code = refusal(state, record);
    if (code) {
      const refused = { ...about, recordId: record.recordId, code, refusedAt: now.toISOString() };
      return [{ type: "MoneyElsewhereRefused", data: refused }];
    }
    const recorded: PaymentEvent = { type: "MoneyElsewhereRecorded", data: { ...about, ...data } };
    const elsewhere = applyElsewhere(state.elsewhere, recorded) ?? [];
    return [recorded, ...statusChange({ ...state, elsewhere }, now)];
  };

/** Whether an open billing request asks for what the record settles. */
export const mustCancel = (link: Link, record: MoneyRecord): boolean =>
  record.undoes === undefined && openRequest(link) !== undefined;

type Refusal = Extract<PaymentEvent, { type: "MoneyElsewhereRefused" }>["data"]["code"];

const refusal = (link: Link, { undoes, amountPence }: MoneyRecord): Refusal | undefined => {
  if (undoes !== undefined)
    return countingRecords(link).some(({ recordId }) => recordId === undoes) ? undefined : "not_recorded";
  if (feePaid(link)) return "paid";
  return amountPence > feeOpenPence(link) ? "more_than_owed" : undefined;
};
