import type { PaymentEvent } from "./events/payment.ts";

/** The present state of a link's fee, as payment-link announces it. */
export type PaymentStatus = Extract<PaymentEvent, { type: "PaymentStatusChanged" }>["data"]["status"];

/** Each status, and whether the fee is still asked for. */
const asked: Readonly<Record<PaymentStatus, boolean>> = {
  pending: true,
  paid: false,
  failed: true,
  charged_back: true,
  cancelled: false,
  refunded: false,
  waived: false,
};

export const paymentStatuses = Object.keys(asked) as readonly PaymentStatus[];

/** Statuses in which the fee is still unpaid. In all others it is settled: nothing more is asked for. */
export const unpaidStatuses = paymentStatuses.filter((status) => asked[status]);
export const settledStatuses = paymentStatuses.filter((status) => !asked[status]);

export const isUnpaid = (status: PaymentStatus): boolean => asked[status];
