import type { Difference } from "../payment/compare.ts";
import type { Fact } from "../payment/decide.ts";
import type { Provider } from "../payment/money-provider.ts";
import type { ThingKind } from "../payment/provider.ts";
import { mandateFacts, monthFact, refundFacts } from "../payment/read-facts.ts";
import type { Link } from "../payment/state.ts";
import type { Ingest } from "../webhooks/ingest.ts";
import type { TheirBooks } from "./walk.ts";

/** Anything older by the provider's clock is recorded, but nobody is texted about it. */
const LATE_MS = 7 * 86_400_000;

export interface RepairOptions {
  readonly provider: Pick<Provider, "eventsAbout">;
  readonly ingest: Ingest;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** When their books were read, or earlier. */
  readonly readAt: Date;
}

export interface Repaired {
  readonly repaired: number;
  readonly late: number;
}

/** Fetches the events about what differs and records them, as the provider's webhooks would have. @throws Fault */
export const createRepair =
  ({ provider, ingest, signal, now, readAt }: RepairOptions) =>
  async (link: Link, differences: readonly Difference[], theirs: TheirBooks): Promise<Repaired> => {
    const eventsAbout = async (kind: ThingKind, id: string): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const page of provider.eventsAbout(kind, id, signal)) found.push(...page);
      signal.throwIfAborted();
      return found.reverse();
    };
    const raw: unknown[] = [];
    // An unknown payment may belong to a billing request whose end we missed.
    const open = link.requests.filter(({ fulfilledAt, cancelledBy }) => !fulfilledAt && !cancelledBy);
    for (const { id } of open) raw.push(...(await eventsAbout("request", id)));
    for (const { kind, id } of differences) if (kind !== "payout") raw.push(...(await eventsAbout(kind, id)));
    // A mandate that replaced another is named in the other's events.
    const replaces = differences.some(({ kind, ours }) => kind === "mandate" && ours === "unknown");
    for (const id of replaces ? Object.keys(link.mandates) : []) raw.push(...(await eventsAbout("mandate", id)));

    const isLate = (event: unknown): boolean =>
      now().getTime() - Date.parse(String(Object(event).created_at)) > LATE_MS;
    const late = await ingest.batch(raw.filter(isLate), "poll");
    const recent = await ingest.batch(
      raw.filter((event) => !isLate(event)),
      "poll",
    );
    const read = await ingest.facts(link.id, readFacts(link, differences, theirs, readAt));
    return { repaired: late + recent + read, late };
  };

/** What no event says: amounts and days; and mandates, since what was read of one may hide its latest event. */
const readFacts = (link: Link, differences: readonly Difference[], theirs: TheirBooks, readAt: Date): Fact[] =>
  differences.flatMap(({ kind, id }) => {
    const refund = kind === "refund" && theirs.refunds.get(id);
    if (refund) return refundFacts(link.id, refund, readAt);
    const mandate = kind === "mandate" && theirs.mandates.get(id);
    if (mandate) return mandateFacts(link.id, id, mandate, readAt);
    const month = kind === "payment" && theirs.payments.get(id);
    return month && month.subscriptionId !== undefined ? [monthFact(link.id, month, readAt)] : [];
  });
