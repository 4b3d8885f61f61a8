import { recoveredCounter } from "@touchline/event-store";
import { type Messaging, observeDeadLetters } from "@touchline/messaging";
import { consumeErasures, ERASURE_DURABLE } from "./erasure/consume-erasures.ts";
import { type Feed, publishChanges } from "./feed/publish.ts";
import { type ChatIntake, consumeChat, INTAKE_DURABLE } from "./intake/consume-chat.ts";
import type { Opened } from "./opened.ts";

type Parts = Pick<ChatIntake, "takeIn" | "onResult"> & Omit<Feed, "messaging">;

/** Connects to NATS, and takes in, erases and publishes until the service stops. */
export const startMessaging = async (
  { context, config: { nats, recovery }, store, tracing, connect }: Opened,
  { takeIn, onResult, projection, follow }: Parts,
): Promise<Messaging> => {
  const { log, metrics, health, runtime, onClose } = context;
  const messaging = await connect({
    ...nats,
    name: "registration",
    health,
    // Calls are accepted and stored without NATS.
    neededForTraffic: false,
    runtime,
    onWarning: (sentence) => log.warn(sentence),
    onStatus: (connected) => log.info({ connected }, connected ? "connected to NATS" : "lost the connection to NATS"),
  });
  onClose(() => messaging.close());
  observeDeadLetters(metrics, messaging, [INTAKE_DURABLE, ERASURE_DURABLE]);
  const recovered = recoveredCounter(metrics);
  consumeChat(context, { takeIn, messaging, store, recovery, recovered, tracing, now: runtime.now, onResult });
  consumeErasures(context, { store, messaging, tracing, recovery, recovered });
  const publishing = publishChanges({ messaging, projection, follow }, context);
  onClose(() => publishing);
  return messaging;
};
