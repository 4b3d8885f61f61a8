import type { Known } from "./state.ts";

/** What the payment's stream says of the fee. */
export interface FeeStanding {
  /** The link asks for it, as far as payment-link has announced. */
  readonly owed: boolean;
  /** A payment was made, or somebody may be making one. */
  readonly comes: boolean;
  /** Ids of the records of money of which payment-link has said whether they count. */
  readonly decidedRecords: readonly string[];
}

/** Whether money may be on its way: nobody is suspended or reminded meanwhile. */
export const moneyComes = ({ money }: Known, { comes, decidedRecords }: FeeStanding): boolean =>
  comes || Object.keys(money).some((id) => !decidedRecords.includes(id));
