import type { StoredEvent } from "@touchline/event-store";
import { atMost, type Metrics } from "@touchline/service";
import { LRUCache } from "lru-cache";

/** Steps of a registration, each counted once. */
const steps = ["registered", "token", "accepted", "delivered", "opened", "paid"] as const;
type Step = (typeof steps)[number];

/** How many registrations and messages to remember; the oldest are dropped first. */
const MAX_REMEMBERED = 20_000;
const SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 300, 900, 3_600, 21_600, 86_400, 259_200, 604_800];

type Observer = (event: StoredEvent) => void;

/**
 * Counts passing events: how far registrations got, how long that took, what the texts need and cost. A restart forgets earlier
 * registrations, so their later steps count without a time.
 */
export const observeJourneys = (metrics: Metrics): Observer => {
  const observers = [observeSteps(metrics), observeTexts(metrics), observePrices(metrics), observePayments(metrics)];
  return (event) => {
    for (const observe of observers) observe(event);
  };
};

const observeSteps = (metrics: Metrics): Observer => {
  const reached = metrics.counter("touchline_journey_total", "Registrations that reached a step.", ["stage"]);
  const seconds = metrics.histogram(
    "touchline_journey_seconds",
    "Time from the registration to a step.",
    ["stage"],
    SECONDS,
  );
  // Starts at zero: to Prometheus, a series that appears with a value has not increased.
  for (const stage of steps) {
    reached.inc({ stage }, 0);
    if (stage !== "registered") seconds.zero({ stage });
  }
  const known = new LRUCache<string, { readonly since: number | undefined; readonly seen: Set<Step> }>({
    ...atMost(MAX_REMEMBERED),
  });
  return (event) => {
    const stage = stepOf(event);
    const id = event.metadata.$correlationId;
    if (!stage || !id) return;
    const at = event.created.getTime();
    const entry = known.get(id) ?? { since: stage === "registered" ? at : undefined, seen: new Set() };
    if (entry.seen.has(stage)) return;
    entry.seen.add(stage);
    known.set(id, entry);
    reached.inc({ stage });
    if (entry.since !== undefined && stage !== "registered")
      seconds.observe({ stage }, Math.max(0, at - entry.since) / 1_000);
  };
};

const stepOf = (event: StoredEvent): Step | undefined => {
  switch (event.type) {
    case "RegistrationCompleted":
      return "registered";
    case "PaymentTokenCreated":
      return "token";
    case "SmsAccepted":
      return "accepted";
    case "TextStatusChanged":
      return event.data.status === "delivered" ? "delivered" : undefined;
    case "PaymentLinkOpened":
      return "opened";
    case "PaymentFulfilled":
      return "paid";
    default:
      return undefined;
  }
};

const ends = ["delivered", "undelivered", "failed", "withdrawn"] as const;

const observeTexts = (metrics: Metrics): Observer => {
  const segments = metrics.counter("touchline_sms_segments_total", "Segments of requested texts.", [
    "purpose",
    "encoding",
  ]);
  const ended = metrics.counter("touchline_sms_ended_total", "Texts that have ended, by status.", ["state"]);
  for (const state of ends) ended.inc({ state }, 0);
  return (event) => {
    if (event.type === "SmsRequested") {
      const { purpose, encoding } = event.data;
      segments.inc({ purpose: String(purpose), encoding: String(encoding) }, Number(event.data.segments));
    }
    if (event.type !== "TextStatusChanged") return;
    const state = ends.find((end) => end === event.data.status);
    if (state) ended.inc({ state });
  };
};

const observePrices = (metrics: Metrics): Observer => {
  const cost = metrics.counter(
    "touchline_sms_cost_total",
    "Cost of texts as reported by Twilio, in whole currency units.",
    ["currency"],
  );
  const priced = new LRUCache<string, true>(atMost(MAX_REMEMBERED));
  return (event) => {
    if (event.type !== "SmsStatusReported" || event.data.priceMicros === undefined) return;
    const { providerMessageId, priceMicros, priceUnit } = event.data;
    // Each report repeats the price.
    if (priced.has(providerMessageId)) return;
    priced.set(providerMessageId, true);
    const currency = priceUnit && /^[A-Z]{3}$/.test(priceUnit) ? priceUnit : "other";
    cost.inc({ currency }, Math.abs(priceMicros) / 1e6);
  };
};

const observePayments = (metrics: Metrics): Observer => {
  const payments = metrics.counter(
    "touchline_payment_status_total",
    "Changes of a link's payment status, by new status.",
    ["status"],
  );
  return (event) => {
    if (event.type === "PaymentStatusChanged") payments.inc({ status: event.data.status });
  };
};
