import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging } from "@touchline/messaging";
import { runService, startTracing } from "@touchline/service";
import { registrationConfig } from "./config.ts";
import { startRegistration } from "./service.ts";

await runService("registration", async (context) => {
  const { metrics, health, runtime, onClose } = context;
  const config = registrationConfig(process.env);
  const tracing = await startTracing(context);

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);

  await startRegistration({ context, config, store, tracing, connect: connectMessaging });
});
