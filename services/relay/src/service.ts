import { catalogue, streams } from "@touchline/contracts";
import { type EventStore, identifyWhenUp } from "@touchline/event-store";
import { type connectMessaging, freeStuckConsumers, serveConsumers } from "@touchline/messaging";
import { createHttpServer, type Metrics, type ServiceContext, type Tracing, watchFailures } from "@touchline/service";
import type { relayConfig } from "./config.ts";
import { observeJourneys } from "./journey.ts";
import { observeExchange } from "./observe-exchange.ts";
import { observeRelayLag } from "./observe-lag.ts";
import { observeStreams } from "./observe-streams.ts";
import { type RelayOptions, runRelay } from "./relay.ts";

/** What `main` opens. */
export interface Opened {
  readonly context: ServiceContext;
  readonly config: ReturnType<typeof relayConfig>;
  readonly store: EventStore;
  readonly tracing: Tracing | undefined;
  readonly connect: typeof connectMessaging;
}

/** Everything that the service does, on connections that its caller opens. */
export const startRelay = async ({ context, config, store, tracing, connect }: Opened): Promise<void> => {
  const { log, metrics, health, runtime, signal, onClose } = context;
  const resync = new EventTarget();
  const rounds = metrics.counter(
    "touchline_relay_restarts_total",
    "How often the relay restarted from the stream's tail.",
  );
  const app = createHttpServer({ log, metrics, health, runtime });
  onClose(() => app.close());
  await app.listen({ host: config.host, port: config.port });

  // Not awaited: the store may be away.
  void identifyWhenUp(store, signal, (err) =>
    log.warn({ err }, "could not give the event store its identity; trying again"),
  );
  const onReached = observeRelayLag(metrics, store);
  const messaging = await connect({
    ...config.nats,
    name: "relay",
    health,
    runtime,
    onWarning: (sentence) => log.warn(sentence),
    onStatus: (connected) => {
      log.info({ connected }, connected ? "connected to NATS" : "lost the connection to NATS");
      // After a reconnect NATS may have lost its tail, so we read it again even if no event is pending.
      if (connected) resync.dispatchEvent(new Event("resync"));
    },
  });
  onClose(() => messaging.close());
  observeStreams(metrics, messaging);

  // Older NATS permissions do not allow this; services then use the consumers that exist.
  const serving = serveConsumers(messaging, signal, (err) =>
    log.warn({ err }, "cannot create the consumers that services ask for; they use the existing ones"),
  );
  onClose(() => serving);
  const freeing = freeStuckConsumers(messaging, {
    stream: streams.events,
    signal,
    onFreed: (durable) =>
      log.warn({ durable }, "a consumer no longer noticed new messages; NATS elects another leader for it"),
    onFailed: (err) => log.warn({ err }, "could not look for consumers that no longer notice new messages"),
  });
  onClose(() => freeing);
  const publishing = watchFailures(runtime);
  // NATS may be connected, and answer, and store nothing.
  health.add("publishing", publishing.reason);
  const running = runRelay({
    store,
    messaging,
    signal,
    resync,
    runtime,
    tracing,
    ...observers(metrics),
    onReached,
    onChecked: observeExchange(context),
    onMissing: (err) => log.warn({ err }, "could not create or update a stream or a gateway consumer"),
    onWorks: publishing.works,
    onBroken: (err) => {
      rounds.inc();
      publishing.failed(err);
      log.warn({ err }, "publishing failed; restarting from the stream's tail");
    },
  });
  onClose(() => running);
};

type Observed = Pick<RelayOptions, "onPublished" | "onSkipped" | "onForeign">;

const observers = (metrics: Metrics): Observed => {
  const published = metrics.counter("touchline_relay_events_total", "Events published to JetStream.", ["type"]);
  const observeJourney = observeJourneys(metrics);
  const skipped = metrics.counter("touchline_relay_skipped_total", "Events in the store that are not Touchline's.");
  const foreign = metrics.counter(
    "touchline_relay_foreign_total",
    "Messages in EVENTS that the relay did not publish.",
  );
  return {
    onPublished: (event) => {
      published.inc({ type: catalogue.has(event.type) ? event.type : "other" });
      observeJourney(event);
    },
    onSkipped: () => skipped.inc(),
    onForeign: (count) => foreign.inc(count),
  };
};
