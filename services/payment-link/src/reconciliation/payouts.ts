import type { PaymentEvent } from "@touchline/contracts";
import { type EventStore, load, transact } from "@touchline/event-store";
import type { Difference } from "../payment/compare.ts";
import type { MoneyProvider, PayoutItemRecord, PayoutRecord } from "../payment/money-provider.ts";
import type { TheirBooks } from "./walk.ts";

type Recorded = Extract<PaymentEvent, { type: "PayoutRecorded" }>["data"];
type Item = NonNullable<Recorded["items"]>[number];

/** Streams `payment-PO…`. */
const payoutAggregate = {
  category: "payment",
  initial: undefined as Recorded | undefined,
  evolve: (state: Recorded | undefined, event: PaymentEvent): Recorded | undefined =>
    event.type === "PayoutRecorded" ? event.data : state,
} as const;

/** There are many fees, and they concern only GoCardless and the club: one sum for each type is enough. */
const itemsOf = (records: readonly PayoutItemRecord[]): Item[] => {
  const fees = new Map<string, number>();
  const items: Item[] = [];
  for (const { type, amountTenthPence, paymentId, refundId } of records) {
    if (type.endsWith("_fee")) fees.set(type, (fees.get(type) ?? 0) + amountTenthPence);
    else items.push({ type, amountTenthPence, ...(paymentId && { paymentId }), ...(refundId && { refundId }) });
  }
  return [...items, ...[...fees].map(([type, amountTenthPence]) => ({ type, amountTenthPence }))];
};

const decide =
  (payout: PayoutRecord, items: Item[] | undefined, now: Date) =>
  (state: Recorded | undefined): PaymentEvent[] => {
    const { id: payoutId, status, amountPence, feesPence, createdAt, arrivalDate, reference } = payout;
    const known = items ?? state?.items;
    const isNews = !state || state.status !== status || state.amountPence !== amountPence || (items && !state.items);
    if (!isNews) return [];
    const details = {
      ...(arrivalDate && { arrivalDate }),
      ...(reference && { reference }),
      ...(known && { items: known }),
    };
    const recordedAt = now.toISOString();
    return [
      { type: "PayoutRecorded", data: { payoutId, status, amountPence, feesPence, createdAt, ...details, recordedAt } },
    ];
  };

export interface RecordPayoutsOptions {
  readonly store: EventStore;
  readonly provider: Pick<MoneyProvider, "payoutItems">;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Records what is new about payouts. Resolves with all recorded payouts. A payout's items never change. */
export const recordPayouts = async (
  { store, provider, signal, now }: RecordPayoutsOptions,
  payouts: Iterable<PayoutRecord>,
): Promise<Recorded[]> => {
  const recorded: Recorded[] = [];
  for (const payout of payouts) {
    const cause = { service: "payment-link", id: `${payout.id}-${payout.status}` };
    const before = await load(store, payoutAggregate, payout.id);
    const found = before.state?.items ? undefined : await provider.payoutItems(payout.id, signal);
    const decision = decide(payout, found && itemsOf(found), now());
    const { state } = await transact(store, payoutAggregate, payout.id, decision, cause);
    if (state) recorded.push(state);
  }
  return recorded;
};

const unexplained = (id: string, pence: number, ours: string, theirs: string): Difference => ({
  kind: "payout",
  id,
  pence,
  ours,
  theirs,
});

/** A payout must be the sum of its items, and contain every payment that names it. */
export const comparePayouts = (recorded: readonly Recorded[], { payments }: TheirBooks): Difference[] => {
  const itemised = recorded.filter(({ items }) => items !== undefined);
  const wrongSums = itemised.flatMap(({ payoutId, amountPence, items = [] }) => {
    const tenths = items.reduce((sum, item) => sum + item.amountTenthPence, 0);
    const pence = Math.abs(Math.round(tenths / 10) - amountPence);
    // GoCardless does not say which way it rounds half a penny.
    return pence <= 1 && Math.abs(tenths - amountPence * 10) <= 5
      ? []
      : [unexplained(payoutId, pence, `${tenths / 10} in items`, `${amountPence} in total`)];
  });
  const known = new Set(itemised.map(({ payoutId }) => payoutId));
  const paid = new Map(
    itemised.flatMap(({ items = [] }) =>
      items.flatMap(({ type, paymentId, amountTenthPence }) =>
        type === "payment_paid_out" && paymentId ? [[paymentId, amountTenthPence] as const] : [],
      ),
    ),
  );
  const wrongPayments = [...payments.values()].flatMap(({ id, state, payoutId, amountPence }) => {
    if (state !== "paid_out" || !payoutId || !known.has(payoutId)) return [];
    const pence = Math.abs(amountPence - (paid.get(id) ?? 0) / 10);
    return pence === 0 ? [] : [unexplained(payoutId, Math.ceil(pence), `without ${id}`, `with ${id}`)];
  });
  return [...wrongSums, ...wrongPayments];
};
