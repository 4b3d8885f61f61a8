import type { StoredEvent } from "@touchline/event-store";
import type { Metrics } from "@touchline/service";

/** Steps of a registration's way, each counted once a registration. */
const steps = ["registered", "token", "accepted", "delivered", "opened", "paid"] as const;
type Stage = (typeof steps)[number];

/** Registrations that are remembered for their times; the oldest are forgotten first. */
const REMEMBERED = 20_000;
const SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 300, 900, 3_600, 21_600, 86_400, 259_200, 604_800];

/**
 * Counts what the events say while they pass: who got how far, how long after the registration, what the texts need and
 * cost. A restart forgets the registrations under way, so their later steps count without a time.
 */
export const observeJourneys = (metrics: Metrics): ((event: StoredEvent) => void) => {
  const stages = metrics.counter("touchline_journey_total", "Registrations that reached a step.", ["stage"]);
  const seconds = metrics.histogram(
    "touchline_journey_seconds",
    "From the registration to a step.",
    ["stage"],
    SECONDS,
  );
  const segments = metrics.counter("touchline_sms_segments_total", "Segments of the texts that were requested.", [
    "purpose",
    "encoding",
  ]);
  const cost = metrics.counter("touchline_sms_cost_total", "What Twilio said that texts cost, in whole units.", [
    "currency",
  ]);
  const ended = metrics.counter("touchline_sms_ended_total", "Texts by how they ended.", ["state"]);
  const payments = metrics.counter(
    "touchline_payment_status_total",
    "Links whose payment status changed, by the new one.",
    ["status"],
  );
  // From zero: a series that appears with its first counts has not increased by them, as Prometheus sees it.
  for (const stage of steps) {
    stages.inc({ stage }, 0);
    if (stage !== "registered") seconds.zero({ stage });
  }
  for (const state of ends) ended.inc({ state }, 0);
  const known = new Map<string, { readonly since: number | undefined; readonly seen: Set<Stage> }>();
  const priced = new Set<string>();

  const reach = (event: StoredEvent, stage: Stage) => {
    const id = event.metadata.$correlationId;
    if (!id) return;
    const at = event.created.getTime();
    const entry = known.get(id) ?? { since: stage === "registered" ? at : undefined, seen: new Set() };
    if (entry.seen.has(stage)) return;
    entry.seen.add(stage);
    remember(known, id, entry);
    stages.inc({ stage });
    if (entry.since !== undefined && stage !== "registered")
      seconds.observe({ stage }, Math.max(0, at - entry.since) / 1_000);
  };

  return (event) => {
    const stage = stageOf(event);
    if (stage) reach(event, stage);
    const data = event.data as Data;
    if (event.type === "SmsRequested") {
      segments.inc({ purpose: String(data.purpose), encoding: String(data.encoding) }, Number(data.segments));
    }
    if (event.type === "PaymentStatusChanged") payments.inc({ status: String(data.status) });
    const state = endOf(event);
    if (state) ended.inc({ state });
    const message = String(data.providerMessageId);
    if (data.priceMicros !== undefined && !priced.has(message)) {
      // Each report repeats the price.
      priced.add(message);
      if (priced.size > REMEMBERED) priced.delete(priced.values().next().value as string);
      const currency = /^[A-Z]{3}$/.test(String(data.priceUnit)) ? String(data.priceUnit) : "other";
      cost.inc({ currency }, Math.abs(Number(data.priceMicros)) / 1e6);
    }
  };
};

type Data = Readonly<Record<string, unknown>>;

const byType: Readonly<Record<string, Stage>> = {
  RegistrationCompleted: "registered",
  PaymentTokenCreated: "token",
  SmsAccepted: "accepted",
  PaymentLinkOpened: "opened",
  PaymentFulfilled: "paid",
};

const stageOf = ({ type, data }: StoredEvent): Stage | undefined =>
  type === "SmsStatusReported" && (data as Data).status === "delivered" ? "delivered" : byType[type];

const ends = ["delivered", "undelivered", "failed", "rejected", "withdrawn", "given_up", "unknown"];

const endings: Readonly<Record<string, string>> = {
  SmsRejected: "rejected",
  SmsWithdrawn: "withdrawn",
  SmsGivenUp: "given_up",
  SmsOutcomeUnknown: "unknown",
};

const endOf = ({ type, data }: StoredEvent): string | undefined => {
  if (type !== "SmsStatusReported") return endings[type];
  const { status } = data as Data;
  return status === "delivered" || status === "undelivered" || status === "failed" ? status : undefined;
};

const remember = <T>(map: Map<string, T>, id: string, value: T): void => {
  map.set(id, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value as string);
};
