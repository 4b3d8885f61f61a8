import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging } from "@touchline/messaging";
import { createHttpServer, runService, startTracing } from "@touchline/service";
import { relayConfig } from "./config.ts";
import { observeJourneys } from "./journey.ts";
import { observeRelayLag } from "./observe-lag.ts";
import { observeStreams } from "./observe-streams.ts";
import { runRelay } from "./relay.ts";

await runService("relay", async (context) => {
  const { log, metrics, health, runtime, signal, onClose } = context;
  const config = relayConfig(process.env);
  const tracing = await startTracing(context);
  const resync = new EventTarget();

  const published = metrics.counter("touchline_relay_events_total", "Events published to JetStream.", ["type"]);
  const observeJourney = observeJourneys(metrics);
  const skipped = metrics.counter("touchline_relay_skipped_total", "Events of streams that are not Touchline's.");
  const rounds = metrics.counter(
    "touchline_relay_restarts_total",
    "Times the relay started over from the stream's tail.",
  );

  const app = createHttpServer({ log, metrics, health });
  onClose(() => app.close());
  await app.listen({ host: config.host, port: config.port });

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);
  const onReached = observeRelayLag(metrics, store);
  const messaging = await connectMessaging({
    url: config.natsUrl,
    name: "relay",
    health,
    onStatus: (connected) => {
      log.info({ connected }, "nats");
      // A NATS that comes back may have lost its tail, so the tail is read again even when no event is pending.
      if (connected) resync.dispatchEvent(new Event("resync"));
    },
  });
  onClose(() => messaging.close());
  observeStreams(metrics, messaging, runtime);

  const running = runRelay({
    store,
    messaging,
    signal,
    resync,
    runtime,
    tracing,
    onPublished: (event) => {
      published.inc({ type: event.type });
      observeJourney(event);
    },
    onSkipped: () => skipped.inc(),
    onReached,
    onBroken: (err) => {
      rounds.inc();
      log.warn({ err }, "starting over from the stream's tail");
    },
  });
  onClose(() => running);
});
