import { type MoneyKind, refundRefusalReasons } from "@touchline/contracts";
import { pounds } from "./words.ts";

export const moneyKindWords: Readonly<Record<MoneyKind, string>> = {
  cash: "cash",
  bank_transfer: "bank transfer",
  card: "card at the door",
  waiver: "waiver",
};

interface MoneyWords {
  readonly recordId: string;
  readonly kind: MoneyKind;
  readonly amountPence: number;
  readonly note: string;
  readonly undoes?: string;
}

/** `£20 cash; note R-0117; record …` */
export const moneyDetail = ({ recordId, kind, amountPence, note, undoes }: MoneyWords): string =>
  [`${pounds(amountPence)} ${moneyKindWords[kind]}`, `note ${note}`, `record ${recordId}`, undoes && `undoes ${undoes}`]
    .filter(Boolean)
    .join("; ");

export const moneyRefusals = {
  paid: "the fee is paid already",
  more_than_owed: "it is more than is still owed",
  not_recorded: "there is no such record, or it has already been undone",
} as const;

const refundRefusals: Readonly<Record<string, string>> = refundRefusalReasons;

/** Why a record of money does not count, by the code of the refusal. */
export const recordRefusalWords = (code: keyof typeof moneyRefusals): string =>
  `The record of money does not count: ${moneyRefusals[code]}`;

/** Why a refund was not made, by the code of the refusal and GoCardless's own words. */
export const refundRefusalWords = (code: string, reason: string): string =>
  `The refund was not made: ${refundRefusals[code] ?? `GoCardless refused it (${code}: ${reason})`}`;

export const refundReturnedWords = "The refund did not reach the payer: the money stays with the club";
