import { Fault } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import { aboutStory, type Joinable, type Logger, type Metrics } from "@touchline/service";
import { type Fact, recordFacts } from "../payment/decide.ts";
import { isSettlement, paymentAggregate } from "../payment/state.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { factOf, meaningOf, type Target } from "./gocardless-effects.ts";
import { decodeProviderEvent, type ProviderEvent } from "./gocardless-events.ts";
import type { Match } from "./match.ts";
import { parkEvent } from "./parked.ts";

export interface IngestOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly match: Match;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => Date;
}

export interface Ingest {
  /** Records all events of a batch, or throws `Fault`. Resolves with how many were news. */
  batch(raw: readonly unknown[], via: "webhook" | "poll", request?: Joinable): Promise<number>;
  /** Records facts about one link. Resolves with how many were news. */
  facts(linkId: string, facts: readonly Fact[]): Promise<number>;
}

/** Links that are written to at once. */
const CONCURRENCY = 16;

/** The way of GoCardless's events into the streams: each once, whatever way and order they come in. */
export const createIngest = ({ store, index, match, log, metrics, clock }: IngestOptions): Ingest => {
  const results = metrics.counter("touchline_provider_events_total", "GoCardless's events by what became of them.", [
    "resource",
    "result",
    "via",
  ]);
  const recovered = metrics.counter(
    "touchline_webhooks_recovered_total",
    "Facts that came by walking the events, not by webhook.",
  );
  const monthlyFailed = metrics.counter(
    "touchline_monthly_payments_failed_total",
    "Monthly fees not collected, or gone back.",
  );
  const statuses = metrics.counter("touchline_payment_status_changes_total", "Links whose payment status changed.", [
    "status",
  ]);

  const facts = async (linkId: string, found: readonly Fact[], request?: Joinable): Promise<number> => {
    const id = found.find((f) => f.data.providerEventId)?.data.providerEventId;
    const { state, events } = await transact(store, paymentAggregate, linkId, recordFacts(found, clock()), {
      service: "payment-link",
      id,
      correlationId: index.link(linkId)?.registrationId,
      request,
      // The same webhook may come many times at once, and the poller with it: only one of them is told that it had news.
      claim: true,
    });
    if (state.status === "known") index.remember(linkId, events);
    for (const event of events) {
      if (event.type === "PaymentStatusChanged") statuses.inc({ status: event.data.status });
      if (event.type === "MonthlyPaymentFailed" && !isSettlement(event.data)) monthlyFailed.inc();
    }
    return events.filter((event) => event.type !== "PaymentStatusChanged").length;
  };

  const sort = async (events: readonly ProviderEvent[], via: "webhook" | "poll") => {
    const byLink = new Map<string, Fact[]>();
    const unplaced: { event: ProviderEvent; reason: "unknown_type" | "unmatched" }[] = [];
    const place = (event: ProviderEvent, target: Target) => {
      const fact = factOf(event, target, via);
      if (!fact) return;
      index.remember(target.linkId, [fact]);
      byLink.set(target.linkId, [...(byLink.get(target.linkId) ?? []), fact]);
    };
    for (const event of events) {
      const meaning = meaningOf(event);
      const resource = meaning === "unknown" ? "unknown" : event.resourceType;
      if (meaning === "none") results.inc({ resource, result: "no_effect", via });
      if (meaning === "unknown") unplaced.push({ event, reason: "unknown_type" });
      if (meaning !== "effect") continue;
      const target = await match(event);
      if (target) place(event, target);
      else unplaced.push({ event, reason: "unmatched" });
    }
    return { byLink, unplaced };
  };

  const batch: Ingest["batch"] = async (raw, via, request) => {
    const now = clock();
    const decoded = raw.map((one) => decodeProviderEvent(one, now));
    const events = decoded.filter((e) => e !== undefined).toSorted(requestsFirst);
    if (events.length < raw.length) {
      results.inc({ resource: "unknown", result: "malformed", via }, raw.length - events.length);
      log.error({ malformed: raw.length - events.length }, "GoCardless sent things that are not events");
    }
    const { byLink, unplaced } = await sort(events, via);
    // A webhook about several registrations belongs to none of their traces.
    const one = byLink.size === 1 ? request : undefined;
    let news = 0;
    const record = async (linkId: string, found: readonly Fact[]): Promise<void> => {
      try {
        const recorded = await facts(linkId, found, one);
        news += recorded;
        // At once, and not when the batch is through: what comes after may fail, and is then done again.
        if (via === "poll") recovered.inc(recorded);
        for (const fact of found) results.inc({ resource: resourceOf(fact), result: "seen", via });
      } catch (error) {
        if (error instanceof Fault) throw error;
        // One event that does not fit must not keep the other 249 from being recorded, those of its own link among them.
        if (found.length > 1) for (const fact of found) await record(linkId, [fact]);
        else {
          const link = index.link(linkId);
          const about = aboutStory(link?.registrationId, link?.traceparent);
          log.error({ ...about, err: error }, "an event of GoCardless's does not fit ours");
          const event = events.find(({ id }) => id === found[0]?.data.providerEventId);
          if (event) unplaced.push({ event, reason: "unknown_type" });
        }
      }
    };
    await inTurns([...byLink], ([linkId, found]) => record(linkId, found));
    await inTurns(unplaced, async ({ event, reason }) => {
      if (await parkEvent(store, event, reason, now)) {
        results.inc({ resource: reason === "unknown_type" ? "unknown" : event.resourceType, result: reason, via });
        log.warn(
          { ...aboutStory(event.registrationId), event: event.id, reason },
          "an event of GoCardless's was parked",
        );
      }
    });
    return news;
  };

  return { batch, facts };
};

/** The fulfilled event of a batch names the payment that others in it are about. */
const requestsFirst = (a: ProviderEvent, b: ProviderEvent): number => rank(a) - rank(b);
const rank = ({ resourceType }: ProviderEvent): number =>
  ["billing_requests", "subscriptions"].includes(resourceType) ? 0 : 1;

const resourceOf = ({ type }: Fact): string =>
  type.startsWith("Mandate")
    ? "mandates"
    : type.startsWith("Subscription") || type.startsWith("Monthly")
      ? "subscriptions"
      : "payments";

const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, worker));
};
