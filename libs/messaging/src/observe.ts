import { inTime, type Metrics } from "@touchline/service";
import type { Messaging } from "./connection.ts";
import { deadLetterDepth } from "./dead-letters.ts";

/** Shows in a service's metrics how many dead letters its consumers have. Once a process. */
export const observeDeadLetters = (metrics: Metrics, messaging: Messaging, durables: readonly string[]): void => {
  metrics.gauge("touchline_dead_letters", "Messages that no retry could get through.", ["durable"], async (gauge) => {
    // While NATS is away the number is not known.
    const depth = messaging.connected ? await inTime(deadLetterDepth(messaging), messaging.runtime) : undefined;
    for (const durable of durables) gauge.set({ durable }, depth ? (depth.get(durable) ?? 0) : Number.NaN);
  });
};
