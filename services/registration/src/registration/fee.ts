import type { Known } from "./state.ts";

/** The state of the fee, from the payment's stream. */
export interface FeeStanding {
  /** Whether the link asks for it, according to payment-link's announcements. */
  readonly owed: boolean;
  /** A payment was made, or somebody may be making one. */
  readonly comes: boolean;
  /** Ids of the records of money that payment-link has decided on. */
  readonly decidedRecords: readonly string[];
}

/** Whether money may be on its way; until it is clear, nobody is suspended or reminded. */
export const moneyComes = ({ money }: Known, { comes, decidedRecords }: FeeStanding): boolean =>
  comes || Object.keys(money).some((id) => !decidedRecords.includes(id));
