import { type PaymentEvent, RECONCILIATION_ID } from "@touchline/contracts";
import { type EventStore, load, transact } from "@touchline/event-store";
import { type Difference, missingAtProvider, refundsMissingAtProvider } from "../payment/compare.ts";
import { compareLink, keptPence, type SortedBooks, sortBooks } from "./compare-books.ts";
import { examine } from "./examine.ts";
import type { ReconcileOptions } from "./options.ts";
import { ownersOf } from "./owners.ts";
import { comparePayouts, recordPayouts } from "./payouts.ts";
import { type TheirBooks, walkBooks } from "./walk.ts";

export type ReconciliationReport = Extract<PaymentEvent, { type: "ReconciliationFinished" }>["data"];

/** A billing request that the chat created may be older than the link that adopted it. */
const BEFORE_LINKS_MS = 60 * 86_400_000;
const DIFFERENCES_MAX = 100;

/**
 * Compares all of the provider's money with our events, to the penny. Missing events are recorded as a webhook would; any
 * remaining difference is reported. At the provider it only reads. @throws Fault
 */
export const reconcile = async (options: ReconcileOptions): Promise<ReconciliationReport> => {
  const { store, provider, index, signal, runtime } = options;
  const startedAt = runtime.now();
  const first = index.firstLinkAt() ?? startedAt;
  const theirs = await walkBooks(provider, new Date(first.getTime() - BEFORE_LINKS_MS), signal);
  const sorted = sortBooks(theirs, ownersOf(index, theirs));
  const { suspects, removed, invented } = await survey(options, sorted, theirs);
  const { repaired, late, differences: ofLinks } = await examine(options, suspects, sorted, theirs, startedAt);
  const payouts = await recordPayouts({ store, provider, signal, now: runtime.now }, theirs.payouts.values());
  const differences = [...sorted.strays, ...invented, ...ofLinks, ...comparePayouts(payouts, theirs)];
  const { payments, refunds, subscriptions, mandates } = theirs;
  const report: ReconciliationReport = {
    startedAt: startedAt.toISOString(),
    finishedAt: runtime.now().toISOString(),
    unexplainedPence: differences.reduce((sum, { pence }) => sum + pence, 0),
    unexplained: differences.length,
    compared: {
      payments: payments.size,
      refunds: refunds.size,
      payouts: payouts.length,
      subscriptions: subscriptions.size,
      mandates: mandates.size,
    },
    keptPence: keptPence(sorted, theirs),
    repaired,
    repairedLate: late,
    removed,
    foreign: sorted.foreign,
    differences: differences.toSorted((a, b) => b.pence - a.pence).slice(0, DIFFERENCES_MAX),
  };
  const finished: PaymentEvent = { type: "ReconciliationFinished", data: report };
  await transact(store, reportAggregate, RECONCILIATION_ID, () => [finished], { service: "payment-link" });
  return report;
};

/** The stream `payment-reconciliation`. */
const reportAggregate = {
  category: "payment",
  initial: undefined as ReconciliationReport | undefined,
  evolve: (state: ReconciliationReport | undefined, event: PaymentEvent): ReconciliationReport | undefined =>
    event.type === "ReconciliationFinished" ? event.data : state,
} as const;

export const lastReport = async (store: EventStore): Promise<ReconciliationReport | undefined> =>
  (await load(store, reportAggregate, RECONCILIATION_ID)).state;

interface Survey {
  /** Links that differ by the view, which may lag. */
  readonly suspects: ReadonlySet<string>;
  /** Payments that the provider no longer shows. */
  readonly removed: number;
  /** Refunds that the provider does not have. */
  readonly invented: readonly Difference[];
}

const survey = async (
  { links, provider }: ReconcileOptions,
  { byLink }: SortedBooks,
  theirs: TheirBooks,
): Promise<Survey> => {
  const suspects = new Set(byLink.keys());
  const invented: Difference[] = [];
  let removed = 0;
  for (const page of links()) {
    for (const link of page) {
      if (compareLink(link, byLink.get(link.id), theirs).length === 0) suspects.delete(link.id);
      // A payment that can be read but was not listed is newer than the walk.
      for (const id of missingAtProvider(link, theirs.payments)) {
        // Only removing its customer takes a payment out of GoCardless.
        if (!(await provider.readPayment(id))) removed++;
      }
      for (const refund of refundsMissingAtProvider(link, theirs.payments, theirs.refunds)) {
        if (!(await provider.readRefund(refund.id))) invented.push(refund);
      }
    }
  }
  return { suspects, removed, invented };
};
