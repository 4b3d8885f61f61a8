import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging, consume } from "@touchline/messaging";
import { observeProjections, runProjection } from "@touchline/projections";
import { runService, startTracing } from "@touchline/service";
import { paymentLinkConfig } from "./config.ts";
import { linksPath } from "./projections/index.ts";
import { linksProjection } from "./projections/links.ts";
import { createPaymentLink } from "./service.ts";

await runService("payment-link", async (context) => {
  const config = paymentLinkConfig(process.env);
  const { log, metrics, health, signal, onClose, name } = context;
  const tracing = await startTracing(context);

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl }), metrics, tracing);
  onClose(() => store.close());
  // A known link leads to GoCardless without the store.
  reportStore(store, health, metrics, { neededForTraffic: false });

  const projection = runProjection({
    store,
    projection: linksProjection,
    path: linksPath(config.dataDir),
    signal,
    onBroken: (err) => log.warn({ err }, "the event store is away; the projection waits"),
    onStopped: (status) => log.fatal({ ...status }, "the links projection has stopped"),
  });
  onClose(() => projection.done);
  observeProjections(context, [projection]);

  const service = await createPaymentLink({ config, context, store, projection, tracing });
  onClose(() => service.close());
  await service.app.listen({ port: config.port, host: config.host });

  const messaging = await connectMessaging({ url: config.natsUrl, name, health });
  onClose(() => messaging.close());
  const loops = service.consumers.map((consumer) =>
    consume(messaging, {
      ...consumer,
      signal,
      tracing,
      onSettled: service.onSettled(consumer.durable),
      onBroken: (err) => log.warn({ err, durable: consumer.durable }, "NATS is away; consuming waits"),
    }),
  );
  onClose(() => Promise.all(loops));

  await projection.ready;
  const background = service.startBackground();
  onClose(() => background);
});
