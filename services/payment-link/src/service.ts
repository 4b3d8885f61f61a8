import { type EventStore, streamsWith } from "@touchline/event-store";
import { type ConsumeOptions, traceOfDelivery } from "@touchline/messaging";
import type { RunningProjection } from "@touchline/projections";
import { aboutStory, createHttpServer, type ServiceContext, type Tracing } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import type { PaymentLinkConfig } from "./config.ts";
import { createAskAgain } from "./follow-up/ask-again.ts";
import { followUpConsumer } from "./follow-up/consumer.ts";
import { createFollowUp, dayOf, seasonsBy } from "./follow-up/follow-up.ts";
import { keepSweeping } from "./follow-up/sweep.ts";
import { createBreaker } from "./gocardless/breaker.ts";
import { goCardlessProvider } from "./gocardless/gocardless.ts";
import { goCardlessClient, goCardlessHost } from "./gocardless/gocardless-client.ts";
import type { PaymentProvider } from "./gocardless/provider.ts";
import { sayNotFound } from "./links/answers.ts";
import { createFlows } from "./links/flows.ts";
import { defaultLimits, type LimitsOptions } from "./links/limits.ts";
import { createLookup } from "./links/lookup.ts";
import { pageHosts } from "./links/page-hosts.ts";
import { createRecords } from "./links/records.ts";
import { linkRoutes } from "./links/routes.ts";
import { createTaps } from "./links/tap.ts";
import { createPages } from "./pages/pages.ts";
import type { Link } from "./payment/state.ts";
import { everyLink } from "./projections/every-link.ts";
import { walkedPath } from "./projections/index.ts";
import { linkIndex } from "./projections/link-index.ts";
import { cancellationConsumer, erasureConsumer, tokenConsumer } from "./tokens/intake.ts";
import { fileCheckpoint } from "./webhooks/checkpoint.ts";
import { createIngest } from "./webhooks/ingest.ts";
import { matcher } from "./webhooks/match.ts";
import { createPlacer, keepPlacing } from "./webhooks/parked.ts";
import { createPoller } from "./webhooks/poller.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** A parent with a phone waits no longer than this for GoCardless; work in the background may. */
const TAP_TIMEOUT_MS = 4_000;
const BACKGROUND_TIMEOUT_MS = 15_000;
const PLACE_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 86_400_000;

export interface PaymentLinkOptions {
  readonly config: PaymentLinkConfig;
  readonly context: ServiceContext;
  readonly store: EventStore;
  readonly projection: RunningProjection;
  readonly clock: () => Date;
  readonly limits?: LimitsOptions;
  /** In place of GoCardless through its SDK. */
  readonly provider?: PaymentProvider;
  readonly tracing?: Tracing | undefined;
}

export interface PaymentLink {
  readonly app: FastifyInstance;
  readonly consumers: readonly Pick<ConsumeOptions, "stream" | "durable" | "filter" | "concurrency" | "handle">[];
  readonly onSettled: (durable: string) => NonNullable<ConsumeOptions["onSettled"]>;
  /** Starts walking GoCardless's events, placing what is parked and looking for what is due; resolves after the signal aborts. */
  startBackground(): Promise<unknown>;
  close(): Promise<void>;
}

/** Wires the parts of the service; opens nothing. */
export const createPaymentLink = async (options: PaymentLinkOptions): Promise<PaymentLink> => {
  const { config, context, store, projection, clock, tracing } = options;
  const { log, metrics, health, signal } = context;
  const { goCardless } = config;

  const index = linkIndex(projection.db, projection.onCommit);
  const breaker = createBreaker({ log, metrics, signal });
  const quick = goCardlessClient({ ...goCardless, timeoutMs: TAP_TIMEOUT_MS });
  const patient = goCardlessClient({ ...goCardless, timeoutMs: BACKGROUND_TIMEOUT_MS });
  const traced = tracing && { tracing, host: goCardlessHost(goCardless) };
  const forTaps = options.provider ?? goCardlessProvider(quick, breaker.taps, traced);
  const provider = options.provider ?? goCardlessProvider(patient, breaker.background, traced);
  // Asked with the short time-out: what answers later is of no use to parents.
  const prober = goCardlessProvider(quick, breaker.background, traced);
  breaker.watch(() => prober.probe());

  const { season } = config;
  const seasonNow = seasonsBy(season, clock);
  const collecting = (link: Link) => season.end === undefined || dayOf(clock()) <= seasonNow(link).end;
  const asking = { store, index, collecting, log, clock };
  const askAgain = createAskAgain({ ...asking, provider });
  const followUp = createFollowUp({ ...asking, provider, askAgain, seasonNow, metrics });
  const match = matcher(index, store);
  const ingest = createIngest({ store, index, match, log, metrics, clock });
  const records = createRecords({ store, index, log, metrics, signal, clock });
  const flows = createFlows({
    provider: forTaps,
    hosts: pageHosts({ hosts: config.pageHosts, plainHttp: config.plainHttpPages }),
    reuseMs: config.flowReuseMs,
    returnTo: (id) => ({
      redirectUri: `${config.paymentBaseUrl}/reg_setup/${id}/thanks`,
      exitUri: `${config.paymentBaseUrl}/reg_setup/${id}/exit`,
    }),
    clock,
  });
  const askAgainNow = createAskAgain({ ...asking, provider: forTaps });
  const taps = createTaps({ flows, askAgain: askAgainNow, collecting, records, log, metrics, clock });

  const pages = createPages(config.club);
  const { trustProxy } = config;
  const app = createHttpServer({ log, metrics, health, tracing, trustProxy, onBadUrl: sayNotFound(pages) });
  await app.register(webhookRoutes, { secret: goCardless.webhookSecret, ingest, log, metrics });
  await app.register(linkRoutes, {
    prefix: "/reg_setup",
    lookup: createLookup(store, index),
    taps,
    pages,
    limits: options.limits ?? defaultLimits,
    log,
    metrics,
  });

  const settled = metrics.counter("messages_settled_total", "Messages by what became of them.", [
    "durable",
    "settlement",
  ]);
  metrics.gauge("provider_events_parked", "GoCardless's events that could not be placed.", ["reason"], (gauge) => {
    gauge.reset();
    for (const [reason, number] of Object.entries(index.parkedCounts())) gauge.set({ reason }, number);
  });

  const calledOff = streamsWith(store, ["RegistrationCancelled", "RegistrationErased"]);
  const closing = { store, index, live: () => projection.status().state === "live", clock };

  return {
    app,
    consumers: [
      tokenConsumer({ store, index, calledOff, provider, log, clock }, metrics),
      cancellationConsumer(closing),
      erasureConsumer(closing),
      followUpConsumer(followUp),
    ],
    onSettled: (durable) => (settlement, delivery, error) => {
      settled.inc({ durable, settlement });
      if (!error) return;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      log.warn(
        { ...aboutStory(correlationId, traceparent), err: error, durable, settlement },
        "a message was not settled at once",
      );
    },
    startBackground: () => {
      const checkpoint = fileCheckpoint(walkedPath(config.dataDir), () => index.firstLinkAt() ?? clock());
      const poller = createPoller({
        provider,
        ingest,
        checkpoint,
        log,
        metrics,
        signal,
        everyMs: config.webhookPollMs,
        clock,
      });
      const place = createPlacer({ store, index, match, ingest, provider, clock });
      return Promise.all([
        calledOff.follow(signal, (err) => log.warn({ err }, "the list of cancellations broke; following again")),
        poller.run(),
        keepPlacing(place, { log, signal, everyMs: PLACE_EVERY_MS, onChange: projection.onCommit }),
        keepSweeping({ links: everyLink(projection.db), followUp, log, signal, everyMs: SWEEP_EVERY_MS }),
      ]);
    },
    close: async () => {
      await app.close();
      await records.settled();
    },
  };
};
