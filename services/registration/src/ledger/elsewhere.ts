import type { PaymentEvent } from "@touchline/contracts";

export interface MoneyFromElsewhere {
  readonly id: string;
  /** 0 for a record that is only known from its withdrawal. */
  readonly amountPence: number;
  readonly waived: boolean;
  readonly takenBack?: boolean;
}

type Recorded = Extract<PaymentEvent, { type: "MoneyElsewhereRecorded" }>["data"];

/** A record counts once, and not at all if another withdraws it. */
export const applyRecord = (
  records: readonly MoneyFromElsewhere[],
  { recordId, kind, amountPence, undoes }: Recorded,
): readonly MoneyFromElsewhere[] => {
  const id = undoes ?? recordId;
  const known = records.find((one) => one.id === id) ?? { id, amountPence: 0, waived: false };
  const record = undoes ? { ...known, takenBack: true } : { ...known, amountPence, waived: kind === "waiver" };
  return [...records.filter((one) => one.id !== id), record];
};

export const sumOf = (records: readonly MoneyFromElsewhere[], waived: boolean): number =>
  records
    .filter((record) => record.waived === waived && !record.takenBack)
    .reduce((sum, { amountPence }) => sum + amountPence, 0);
