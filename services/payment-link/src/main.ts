import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging } from "@touchline/messaging";
import { runService, startTracing } from "@touchline/service";
import { paymentLinkConfig } from "./config.ts";
import { reported, startPaymentLink } from "./start.ts";

await runService(
  "payment-link",
  async (context) => {
    const { metrics, health, runtime, onClose } = context;
    const config = paymentLinkConfig(process.env);
    const tracing = await startTracing(context);

    const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
    onClose(() => store.close());
    reportStore(store, health, metrics, reported);

    await startPaymentLink({ context, config, store, tracing, connect: connectMessaging });
  },
  { answersBeforeStarted: true },
);
