import type { PaymentEvent } from "@touchline/contracts";

type Requested = Extract<PaymentEvent, { type: "MoneyElsewhereRequested" }>["data"];

/** An operator's record: money from elsewhere, a waiver, or the taking back of either. */
export interface MoneyRecord extends Omit<Requested, "billingRequestId"> {
  /** Stays `open` until no billing request is open; then we decide whether it counts. */
  readonly status: "open" | "counts" | "refused";
}

/** Undefined if the event is not about money from elsewhere. */
export const applyElsewhere = (
  records: readonly MoneyRecord[],
  event: PaymentEvent,
): readonly MoneyRecord[] | undefined => {
  switch (event.type) {
    case "MoneyElsewhereRequested": {
      const { billingRequestId: _, ...record } = event.data;
      return [...records, { ...record, status: "open" }];
    }
    case "MoneyElsewhereRecorded":
    case "MoneyElsewhereRefused": {
      const { recordId } = event.data;
      const status = event.type === "MoneyElsewhereRecorded" ? "counts" : "refused";
      return records.map((record) => (record.recordId === recordId ? { ...record, status } : record));
    }
    default:
      return undefined;
  }
};

interface WithRecords {
  readonly elsewhere: readonly MoneyRecord[];
}

/** The first record that can be decided. One that takes back another waits for the other, which may come later. */
export const openRecord = ({ elsewhere }: WithRecords): MoneyRecord | undefined => {
  const decided = new Set(elsewhere.flatMap(({ status, recordId }) => (status === "open" ? [] : [recordId])));
  return elsewhere.find(({ status, undoes }) => status === "open" && (undoes === undefined || decided.has(undoes)));
};

/** Records that count and were not taken back. */
export const countingRecords = ({ elsewhere }: WithRecords): MoneyRecord[] => {
  const counted = elsewhere.filter(({ status }) => status === "counts");
  const undone = new Set(counted.map(({ undoes }) => undoes));
  return counted.filter(({ recordId, undoes }) => undoes === undefined && !undone.has(recordId));
};

/** Whether a record ever counted, even if it was taken back since. Payments through the link may then be for a part of the fee. */
export const mayBeInParts = ({ elsewhere }: WithRecords): boolean =>
  elsewhere.some(({ status }) => status === "counts");

export const elsewherePence = (link: WithRecords): number =>
  countingRecords(link).reduce((sum, { amountPence }) => sum + amountPence, 0);
