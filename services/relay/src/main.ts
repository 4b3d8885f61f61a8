import { connectEventStore, observeEventStore, type StoredEvent } from "@touchline/event-store";
import { Messaging } from "@touchline/messaging";
import { createHttpServer, runService, startTracing } from "@touchline/service";
import { relayConfig } from "./config.ts";
import { observeJourneys } from "./journey.ts";
import { observeStreams } from "./observe-streams.ts";
import { runRelay } from "./relay.ts";

await runService("relay", async (context) => {
  const { log, metrics, health, signal, onClose } = context;
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
  let waiting = 0;
  let oldest: StoredEvent | undefined;
  metrics.gauge("touchline_relay_lag_events", "Events read from the store and not yet acknowledged by NATS.", [], (g) =>
    g.set(waiting),
  );
  metrics.gauge("touchline_relay_lag_seconds", "Age of the oldest event not yet acknowledged by NATS.", [], (g) =>
    g.set(oldest ? Math.max(0, Date.now() - oldest.created.getTime()) / 1_000 : 0),
  );

  const app = createHttpServer({ log, metrics, health });
  onClose(() => app.close());
  await app.listen({ host: config.host, port: config.port });

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl }), metrics, tracing);
  onClose(() => store.close());
  const messaging = await Messaging.connect({
    url: config.natsUrl,
    name: "relay",
    onStatus: (connected) => {
      log.info({ connected }, "nats");
      // A NATS that comes back may have lost its tail; the tail is read again even when no event is waiting.
      if (connected) resync.dispatchEvent(new Event("resync"));
    },
  });
  onClose(() => messaging.close());
  observeStreams(metrics, messaging);
  health.add("nats", () => (messaging.connected ? undefined : "not connected"));
  health.add("event_store", async () => {
    await store.ping();
    return undefined;
  });

  const running = runRelay({
    store,
    messaging,
    signal,
    resync,
    tracing,
    onPublished: (event) => {
      published.inc({ type: event.type });
      observeJourney(event);
    },
    onSkipped: () => skipped.inc(),
    onPending: (count, event) => {
      waiting = count;
      oldest = event;
    },
    onBroken: (err) => {
      rounds.inc();
      log.warn({ err }, "starting over from the stream's tail");
    },
  });
  onClose(() => running);
});
