import { Fault } from "@touchline/contracts";
import { type EventStore, transact } from "@touchline/event-store";
import { type Joinable, type Logger, logFields, type Metrics, type Runtime } from "@touchline/service";
import { decodeProviderEvent } from "../gocardless/events.ts";
import { paymentAggregate, recordFacts } from "../gocardless/payment-stream.ts";
import { namingFirst } from "../gocardless/subjects.ts";
import { goCardlessWords } from "../gocardless/words.ts";
import type { Fact } from "../payment/decide.ts";
import type { LinkIndex } from "../projections/link-index.ts";
import { inTurns } from "./in-turns.ts";
import type { Match } from "./match.ts";
import { parkEvent } from "./parked.ts";
import { sortEvents, type Unplaced, type Via } from "./sort.ts";

export interface IngestOptions {
  readonly store: EventStore;
  readonly index: LinkIndex;
  readonly match: Match;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly runtime: Pick<Runtime, "now">;
}

export interface Ingest {
  /** Records all events of a batch. Resolves with how many were new. @throws Fault if not all could be recorded */
  batch(raw: readonly unknown[], via: Via, request?: Joinable): Promise<number>;
  /** Records facts about one link. Resolves with how many were new. */
  facts(linkId: string, facts: readonly Fact[]): Promise<number>;
}

/** Records GoCardless's events in the streams, each once, however and in whatever order they come. */
export const createIngest = (options: IngestOptions): Ingest => {
  const { log, runtime } = options;
  const facts = factRecorder(options);
  const count = eventCounter(options.metrics);
  const recordFitting = validFactRecorder(options, facts, count);
  const park = parker(options, count);

  const batch: Ingest["batch"] = async (raw, via, request) => {
    const now = runtime.now();
    const events = raw
      .map((one) => decodeProviderEvent(one, now))
      .filter((event) => event !== undefined)
      .toSorted(namingFirst);
    const malformed = raw.length - events.length;
    if (malformed > 0) {
      count("unknown", "malformed", via, malformed);
      log.error({ malformed }, "GoCardless sent items that are not events; they were ignored");
    }
    const { byLink, unplaced, withoutEffect } = await sortEvents(events, via, options);
    for (const { resourceType } of withoutEffect) count(resourceType, "no_effect", via);
    // A webhook about several registrations belongs to none of their traces.
    const only = byLink.size === 1 ? request : undefined;
    const recorded = await inTurns([...byLink], ([linkId, found]) => recordFitting(linkId, found, via, only));
    const unfit = new Set(recorded.flatMap((one) => one.unfit).map(({ data }) => data.providerEventId));
    const odd = events.filter(({ id }) => unfit.has(id)).map((event) => ({ event, reason: "unknown_type" }) as const);
    await inTurns([...unplaced, ...odd], (one) => park(one, via, now));
    return sum(recorded.map(({ news }) => news));
  };

  return { batch, facts };
};

type CountEvents = (resource: string, result: string, via: Via, number?: number) => void;

const eventCounter = (metrics: Metrics): CountEvents => {
  const events = metrics.counter("touchline_provider_events_total", "GoCardless events, by result.", [
    "resource",
    "result",
    "via",
  ]);
  return (resource, result, via, number = 1) => events.inc({ resource, result, via }, number);
};

interface Recorded {
  readonly news: number;
  readonly unfit: readonly Fact[];
}

type RecordFacts = (linkId: string, facts: readonly Fact[], request?: Joinable) => Promise<number>;

/** Records the facts that fit our schemas. Resolves with how many were new, and with those that do not fit. */
const validFactRecorder = ({ index, log, metrics }: IngestOptions, facts: RecordFacts, count: CountEvents) => {
  const recovered = metrics.counter(
    "touchline_webhooks_recovered_total",
    "Facts found by polling, because no webhook brought them.",
  );
  const recordFitting = async (
    linkId: string,
    found: readonly Fact[],
    via: Via,
    request: Joinable | undefined,
  ): Promise<Recorded> => {
    try {
      const news = await facts(linkId, found, request);
      // Counted now, not at the end of the batch: later work may fail and be done again.
      if (via === "poll") recovered.inc(news);
      for (const fact of found) count(resourceOf(fact), "seen", via);
      return { news, unfit: [] };
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (found.length > 1) {
        // A fact that does not fit must not stop the link's other facts from being recorded.
        const each: Recorded[] = [];
        for (const fact of found) each.push(await recordFitting(linkId, [fact], via, request));
        return { news: sum(each.map(({ news }) => news)), unfit: each.flatMap(({ unfit }) => unfit) };
      }
      const link = index.link(linkId);
      const about = logFields(link?.registrationId, link?.traceparent);
      log.error({ ...about, err: error }, "parking a GoCardless event that does not fit our schemas");
      return { news: 0, unfit: found };
    }
  };
  return recordFitting;
};

const parker =
  ({ store, log }: IngestOptions, count: CountEvents) =>
  async ({ event, reason }: Unplaced, via: Via, now: Date): Promise<void> => {
    if (!(await parkEvent(store, event, reason, now))) return;
    count(reason === "unknown_type" ? "unknown" : event.resourceType, reason, via);
    log.warn({ ...logFields(event.registrationId), event: event.id, reason }, "parked a GoCardless event");
  };

/** Appends facts to their link's stream. */
const factRecorder = ({ store, index, metrics, runtime }: IngestOptions): RecordFacts => {
  const months = metrics.counter(
    "touchline_monthly_payments_total",
    "Collections of monthly fees, by reported outcome.",
    ["outcome"],
  );
  const statuses = metrics.counter("touchline_payment_status_changes_total", "Links whose payment status changed.", [
    "status",
  ]);

  return async (linkId, found, request) => {
    const id = found.find((fact) => fact.data.providerEventId)?.data.providerEventId;
    const { state, events } = await transact(store, paymentAggregate, linkId, recordFacts(found, runtime.now()), {
      service: "payment-link",
      id,
      correlationId: index.link(linkId)?.registrationId,
      request,
      // The same webhook may come many times at once, and from the poller too. Only one of them is new.
      claim: true,
    });
    if (state.status === "known") index.remember(linkId, events);
    for (const event of events) {
      if (event.type === "PaymentStatusChanged") statuses.inc({ status: event.data.status });
      if (!Object.hasOwn(monthOutcomes, event.type)) continue;
      const { type, data } = event as Fact & { type: keyof typeof monthOutcomes };
      // The reversal that it settles was counted before.
      if (!goCardlessWords.isSettlement(data.action)) months.inc({ outcome: monthOutcomes[type] });
    }
    return events.filter((event) => event.type !== "PaymentStatusChanged").length;
  };
};

const monthOutcomes = {
  MonthlyPaymentCollected: "collected",
  MonthlyPaymentRetried: "retried",
  MonthlyPaymentFailed: "failed",
  MonthlyPaymentChargedBack: "charged_back",
  MonthlyPaymentSkipped: "skipped",
} as const satisfies Partial<Record<Fact["type"], string>>;

const resourceOf = ({ type }: Fact): string => {
  if (type.startsWith("Mandate")) return "mandates";
  if (type.startsWith("Refund")) return "refunds";
  return type.startsWith("Subscription") || type.startsWith("Monthly") ? "subscriptions" : "payments";
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
