import { inTime, type Metrics } from "@touchline/service";
import type { Messaging } from "./connection.ts";
import { deadLetterDepth } from "./dead-letters.ts";

/** Shows how many dead letters a service's consumers have, in its metrics. Call it once in a process. */
export const observeDeadLetters = (metrics: Metrics, messaging: Messaging, durables: readonly string[]): void => {
  metrics.gauge(
    "touchline_dead_letters",
    "Messages that could not be handled and wait for an operator.",
    ["durable"],
    async (gauge) => {
      // While NATS is away, the number is unknown.
      const depth = messaging.connected ? await inTime(deadLetterDepth(messaging), messaging.runtime) : undefined;
      for (const durable of durables) gauge.set({ durable }, depth ? (depth.get(durable) ?? 0) : Number.NaN);
    },
  );
};
