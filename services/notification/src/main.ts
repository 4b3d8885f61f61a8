import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging } from "@touchline/messaging";
import { runService, startTracing } from "@touchline/service";
import { notificationConfig } from "./config.ts";
import { startNotification } from "./service.ts";

await runService("notification", async (context) => {
  const { metrics, health, runtime, onClose } = context;
  const config = notificationConfig(process.env);
  const tracing = await startTracing(context);

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);

  await startNotification({ context, config, store, tracing, connect: connectMessaging });
});
