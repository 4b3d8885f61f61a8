import type { FastifyInstance } from "fastify";
import type { Account } from "./account.ts";
import type { PayoutItem } from "./money-resources.ts";
import { tenthsOf } from "./payouts.ts";
import type { Payment } from "./resources.ts";

export type BookedPayment = Pick<Payment, "id" | "status"> & {
  readonly amountPence: number;
  /** The sum of the refunds that did not fail. */
  readonly refundedPence: number;
  readonly chargeDate: string;
  readonly subscription?: string;
  readonly payout?: string;
};

type BookedItem = { readonly type: string; readonly amountTenthPence: number; readonly payment?: string };

/** Everything that GoCardless has about a registration, and everything that it paid out, for comparison with a ledger. */
export type Books = {
  readonly registrations: Readonly<
    Record<string, { readonly payments: readonly BookedPayment[]; readonly keptPence: number }>
  >;
  readonly payouts: readonly {
    readonly id: string;
    readonly status: string;
    readonly amountPence: number;
    readonly feesPence: number;
    readonly items: readonly BookedItem[];
  }[];
  /** Items that the next payouts will add or deduct. */
  readonly unsettled: readonly BookedItem[];
};

/** Payments of unknown payers, made manually in the dashboard. */
const NOBODY = "";

const registrationOf = (account: Account, { metadata, links }: Payment): string =>
  metadata.registration_id ??
  account.subscriptions.get(links.subscription ?? "")?.metadata.registration_id ??
  account.mandates.get(links.mandate ?? "")?.metadata.registration_id ??
  NOBODY;

const isCollected = ({ status }: BookedPayment): boolean => status === "confirmed" || status === "paid_out";

/** In the club's hands, or on its way there. A refund leaves even when the payment is charged back as well. */
const keptOf = (payments: readonly BookedPayment[]): number =>
  payments.reduce((sum, one) => sum + (isCollected(one) ? one.amountPence : 0) - one.refundedPence, 0);

const booked = (payment: Payment): BookedPayment => ({
  id: payment.id,
  status: payment.status,
  amountPence: payment.amount,
  refundedPence: payment.amount_refunded,
  chargeDate: payment.charge_date,
  ...(payment.links.subscription && { subscription: payment.links.subscription }),
  ...(payment.links.payout && { payout: payment.links.payout }),
});

const bookedItem = (item: PayoutItem): BookedItem => ({
  type: item.type,
  amountTenthPence: tenthsOf(item),
  ...(item.links.payment && { payment: item.links.payment }),
});

export const booksOf = (account: Account): Books => {
  const byRegistration = Map.groupBy(account.payments.all(), (payment) => registrationOf(account, payment));
  const itemsOf = Map.groupBy(account.payoutItems.all(), (item) => item.payout ?? "");
  return {
    registrations: Object.fromEntries(
      [...byRegistration].map(([registration, found]) => {
        const payments = found.map(booked);
        return [registration, { payments, keptPence: keptOf(payments) }];
      }),
    ),
    payouts: account.payouts.all().map(({ id, status, amount, deducted_fees }) => ({
      id,
      status,
      amountPence: amount,
      feesPence: deducted_fees,
      items: (itemsOf.get(id) ?? []).map(bookedItem),
    })),
    unsettled: account.unsettled.all().map(bookedItem),
  };
};

/** `GET /control/books`. */
export const booksRoutes =
  (account: Account) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get("/control/books", async () => booksOf(account));
  };
