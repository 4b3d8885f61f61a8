import type { PaymentEvent } from "@touchline/contracts";
import { londonDay } from "@touchline/london";

/** One payout to the club's bank: collected, less what was taken back, less fees, is what arrives. */
export interface Payout {
  readonly payoutId: string;
  /** The month of its arrival, such as `2026-09`. */
  readonly month: string;
  readonly status: string;
  readonly collectedPence: number;
  /** From refunds, late failures and charge-backs. */
  readonly takenBackPence: number;
  readonly feesPence: number;
  readonly amountPence: number;
}

type Recorded = Extract<PaymentEvent, { type: "PayoutRecorded" }>["data"];

/** The fees are the remainder, so the pence add up however GoCardless rounds. */
export const payoutOf = ({ payoutId, status, amountPence, feesPence, items, ...at }: Recorded): Payout => {
  const month = (at.arrivalDate ?? londonDay(at.createdAt)).slice(0, 7);
  const ofPayments = (items ?? []).filter(({ paymentId, refundId }) => paymentId ?? refundId);
  const sum = (sign: 1 | -1) =>
    Math.round(
      ofPayments
        .map(({ amountTenthPence }) => amountTenthPence * sign)
        .filter((tenths) => tenths > 0)
        .reduce((total, tenths) => total + tenths, 0) / 10,
    );
  // A payout without its items only states its fees.
  const collectedPence = items ? sum(1) : amountPence + feesPence;
  const takenBackPence = items ? sum(-1) : 0;
  const fees = collectedPence - takenBackPence - amountPence;
  return { payoutId, month, status, collectedPence, takenBackPence, feesPence: fees, amountPence };
};
