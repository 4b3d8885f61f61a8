import type {
  MandateRecord,
  MoneyProvider,
  PaymentRecord,
  PayoutRecord,
  RefundRecord,
  SubscriptionRecord,
  Walk,
} from "../payment/money-provider.ts";

/** All of the provider's money, by the provider's ids. */
export interface TheirBooks {
  readonly payments: ReadonlyMap<string, PaymentRecord>;
  readonly refunds: ReadonlyMap<string, RefundRecord>;
  readonly payouts: ReadonlyMap<string, PayoutRecord>;
  readonly subscriptions: ReadonlyMap<string, SubscriptionRecord>;
  readonly mandates: ReadonlyMap<string, MandateRecord>;
}

/** Read-only. @throws Fault */
export const walkBooks = async (
  provider: Pick<MoneyProvider, keyof TheirBooks>,
  since: Date,
  signal: AbortSignal,
): Promise<TheirBooks> => {
  const all = async <T extends { readonly id: string }>(walk: Walk<T>): Promise<Map<string, T>> => {
    const found = new Map<string, T>();
    for await (const page of walk(since, signal)) for (const one of page) found.set(one.id, one);
    signal.throwIfAborted();
    return found;
  };
  return {
    payments: await all(provider.payments),
    refunds: await all(provider.refunds),
    payouts: await all(provider.payouts),
    subscriptions: await all(provider.subscriptions),
    mandates: await all(provider.mandates),
  };
};
