import { connectEventStore, observeEventStore, reportStore } from "@touchline/event-store";
import { connectMessaging } from "@touchline/messaging";
import { runService, startTracing } from "@touchline/service";
import { relayConfig } from "./config.ts";
import { sendHeartbeats } from "./heartbeat.ts";
import { startRelay } from "./service.ts";

await runService("relay", async (context) => {
  const { metrics, health, runtime, onClose } = context;
  const config = relayConfig(process.env);
  const tracing = await startTracing(context);

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);

  if (config.heartbeat) {
    const ask = async (url: string, signal: AbortSignal) => {
      const { ok, body } = await fetch(url, { signal });
      // An unread body would keep its connection open.
      await body?.cancel();
      return ok;
    };
    const beating = sendHeartbeats({ ...config.heartbeat, ...context, ask });
    onClose(() => beating);
  }
  await startRelay({ context, config, store, tracing, connect: connectMessaging });
});
