import { load } from "@touchline/event-store";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import type { Difference } from "../payment/compare.ts";
import { inTurns } from "../webhooks/in-turns.ts";
import { compareLink, type SortedBooks } from "./compare-books.ts";
import type { ReconcileOptions } from "./options.ts";
import { createRepair, type Repaired } from "./repair.ts";
import type { TheirBooks } from "./walk.ts";

interface Examined extends Repaired {
  readonly differences: readonly Difference[];
}

/** Compares again with the streams themselves, repairs, then compares with what the provider says by then. */
export const examine = async (
  options: ReconcileOptions,
  suspects: ReadonlySet<string>,
  { byLink }: SortedBooks,
  theirs: TheirBooks,
  readAt: Date,
): Promise<Examined> => {
  const { store, provider, ingest, signal, runtime } = options;
  const repair = createRepair({ provider, ingest, signal, now: runtime.now, readAt });
  const compareNow = async (linkId: string, books: TheirBooks) => {
    const { state } = await load(store, paymentAggregate, linkId);
    return state.status === "none" ? undefined : { state, found: compareLink(state, byLink.get(linkId), books) };
  };
  const examineOne = async (linkId: string): Promise<Examined> => {
    const before = await compareNow(linkId, theirs);
    if (!before || before.found.length === 0) return { repaired: 0, late: 0, differences: [] };
    const repaired = await repair(before.state, before.found, theirs);
    const after = await compareNow(linkId, await readAgain(provider, before.found, theirs));
    return { ...repaired, differences: (after?.found ?? []).filter((one) => !isOldPayout(one)) };
  };
  const examined = await inTurns([...suspects], examineOne);
  return {
    repaired: sum(examined.map(({ repaired }) => repaired)),
    late: sum(examined.map(({ late }) => late)),
    differences: examined.flatMap(({ differences }) => differences),
  };
};

/** A month whose charge-back was withdrawn is stored as collected, even if it was paid out before. */
const isOldPayout = ({ pence, ours, theirs }: Difference): boolean =>
  pence === 0 && ours === "confirmed" && theirs === "paid_out";

/** Something may have happened since the walk. */
const readAgain = async (
  provider: ReconcileOptions["provider"],
  differences: readonly Difference[],
  theirs: TheirBooks,
): Promise<TheirBooks> => {
  const payments = new Map(theirs.payments);
  const refunds = new Map(theirs.refunds);
  const mandates = new Map(theirs.mandates);
  for (const { kind, id } of differences) {
    if (kind === "payment") put(payments, await provider.readPayment(id));
    if (kind === "refund") put(refunds, await provider.readRefund(id));
    if (kind === "mandate") put(mandates, await provider.readMandate(id));
  }
  return { ...theirs, payments, refunds, mandates };
};

const put = <T extends { readonly id: string }>(book: Map<string, T>, row: T | undefined): void => {
  if (row) book.set(row.id, row);
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
