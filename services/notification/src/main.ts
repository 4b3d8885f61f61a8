import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { createHttpServer, runService, startTracing } from "@touchline/service";
import { notificationConfig } from "./config.ts";
import { startNotification } from "./service.ts";

await runService("notification", async (context) => {
  const { log, metrics, health, runtime, onClose } = context;
  const config = notificationConfig(process.env);
  const tracing = await startTracing(context);

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);

  // Not awaited here: callbacks are taken in and due texts sent without NATS too.
  const messaging = connectMessaging({
    url: config.natsUrl,
    name: "notification",
    health,
    runtime,
    onStatus: (connected) => log.info({ connected }, "nats"),
  });
  let connection: Messaging | undefined;
  messaging.then(
    (opened) => {
      connection = opened;
    },
    () => {}, // Its other awaiter, startNotification, reports it.
  );
  onClose(() => connection?.close());

  const app = createHttpServer({ log, metrics, health, tracing, trustProxy: config.trustProxy, bodyLimit: 65_536 });
  onClose(() => app.close());

  await startNotification({ context, config, store, tracing }, app, messaging);
});
