import type { EventStore } from "@touchline/event-store";
import { type connectMessaging, consume } from "@touchline/messaging";
import { observeProjections, runProjection } from "@touchline/projections";
import type { ServiceContext, Tracing } from "@touchline/service";
import type { PaymentLinkConfig } from "./config.ts";
import { linksCheck } from "./links/health.ts";
import { linksPath } from "./projections/index.ts";
import { linksProjection } from "./projections/links.ts";
import { createPaymentLink } from "./service.ts";

/** A known link works without the event store and NATS. Their health is reported but does not stop taps. */
export const reported = { neededForTraffic: false } as const;

/** What `main` opens. */
export interface Opened {
  readonly context: ServiceContext;
  readonly config: PaymentLinkConfig;
  readonly store: EventStore;
  readonly tracing: Tracing | undefined;
  readonly connect: typeof connectMessaging;
}

/** Everything that the service does, on connections that its caller opens. */
export const startPaymentLink = async ({ context, config, store, tracing, connect }: Opened): Promise<void> => {
  const { log, health, runtime, signal, onClose, name } = context;

  // Not the service's own signal: taps and webhooks still read the rows while the rest stops.
  const stopping = new AbortController();
  const projection = runProjection({
    store,
    projection: linksProjection,
    path: linksPath(config.dataDir),
    signal: stopping.signal,
    runtime,
    onBroken: (err) => log.warn({ err }, "the subscription to links was lost; resubscribing"),
    onStopped: (status) => log.fatal({ ...status }, "the view of links has stopped; reason says why"),
  });
  onClose(() => {
    stopping.abort();
    return projection.done;
  });
  observeProjections(context, [projection], reported);
  health.add("links", linksCheck(projection));

  const service = await createPaymentLink({ config, context, store, projection, tracing });
  onClose(() => service.close());
  await service.app.listen({ port: config.port, host: config.host });

  const messaging = await connect({
    ...config.nats,
    name,
    health,
    runtime,
    onWarning: (sentence) => log.warn(sentence),
    ...reported,
  });
  onClose(() => messaging.close());
  const loops = service.consumers.map((consumer) =>
    consume(messaging, {
      ...consumer,
      signal,
      tracing,
      onSettled: service.onSettled(consumer.durable),
      onBroken: (err) => log.warn({ err, durable: consumer.durable }, "a consumer failed; consuming again"),
    }),
  );
  onClose(() => Promise.all(loops));

  await projection.ready;
  const background = service.startBackground();
  onClose(() => background);
};
