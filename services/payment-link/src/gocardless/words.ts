import type { ProviderWords } from "../payment/state.ts";

/** GoCardless says so, days after a reversal, when it has taken the money from a payout. */
const settlements: ReadonlySet<string> = new Set(["late_failure_settled", "chargeback_settled"]);

/** What actions and causes in stored events mean: they are GoCardless's own words. */
export const goCardlessWords: ProviderWords = {
  isSettlement: (action) => settlements.has(action),
  // mandate_cancelled, mandate_expired and so on.
  endedWithMandate: (cause) => cause?.startsWith("mandate_") ?? false,
};
