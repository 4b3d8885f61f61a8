import type { MonthlyFee, PaymentEvent } from "@touchline/contracts";
import type { PaymentDecision } from "./decide.ts";
import type { Link } from "./state.ts";
import { asksMandate } from "./status.ts";
import { termsOf } from "./terms.ts";

/** When a link's monthly fees are collected; undefined if none will be. */
export type MonthlyOf = (link: Link) => (MonthlyFee & { readonly from: string }) | undefined;

type Agreed = Omit<
  Extract<PaymentEvent, { type: "PaymentLinkAmended" }>["data"],
  "billingRequestId" | "monthlyFrom" | "monthlyUntil"
>;

/** Records new terms. No events if these or later ones are known. */
export const amendLink =
  ({ count, amendedAt, ...agreed }: Agreed, monthlyOf: MonthlyOf): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.terms.some((one) => one.count >= count)) return [];
    const terms = termsOf(agreed);
    const link = { ...state, ...terms };
    const monthly = asksMandate(link) ? monthlyOf(link) : undefined;
    const expected = monthly && { monthlyFrom: monthly.from, monthlyUntil: monthly.until };
    return [
      { type: "PaymentLinkAmended", data: { billingRequestId: state.id, ...terms, ...expected, count, amendedAt } },
    ];
  };

/** Records that the provider accepted a new amount. No events if it is known. */
export const recordAmount =
  (subscriptionId: string, amountPence: number, now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" ||
    state.subscriptions.every((one) => one.id !== subscriptionId || one.amountPence === amountPence)
      ? []
      : [
          {
            type: "SubscriptionAmended",
            data: { billingRequestId: state.id, subscriptionId, amountPence, amendedAt: now.toISOString() },
          },
        ];
