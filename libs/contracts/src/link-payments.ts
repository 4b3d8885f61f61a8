import type { PaymentFate } from "./payment-fates.ts";

interface WithPayment {
  /** As named by the fulfilled event. */
  readonly paymentId?: string;
}

/** One attempt to pay through a link. */
export interface MatchedPayment<R> {
  readonly id?: string | undefined;
  /** Undefined when the payment was reported before its request was fulfilled. Until then it counts as the fee. */
  readonly request?: R;
  readonly fate?: PaymentFate | undefined;
}

/**
 * The payments of a link's billing requests. GoCardless may leave the payment's id out of the fulfilled event, or report the
 * payment first. Such payments and requests are paired in order of their ids, so that the order of arrival does not matter.
 * `paid`: whether a request was fulfilled and asked for money. `monthly`: the payments that a subscription makes, by id.
 */
export const matchPayments = <R extends WithPayment>(
  requests: readonly R[],
  paid: (request: R) => boolean,
  payments: Readonly<Record<string, PaymentFate>>,
  monthly: Readonly<Record<string, unknown>>,
): MatchedPayment<R>[] => {
  const named = new Set(requests.map(({ paymentId }) => paymentId));
  const loose = Object.keys(payments)
    .filter((id) => !named.has(id) && !Object.hasOwn(monthly, id))
    .sort();
  const made = requests.filter(paid).map((request) => {
    const id = request.paymentId ?? loose.shift();
    return { id, request, fate: payments[id ?? ""] };
  });
  return [...made, ...loose.map((id) => ({ id, fate: payments[id] }))];
};
