import type { Metrics, Tracing } from "@touchline/service";
import { CORRELATION_ID, inSpan } from "@touchline/service/tracing";
import type { EventStore } from "./types.ts";

/** The same store, which also measures each append and each read of a stream in the metrics, and makes a span for each append. */
export const observeEventStore = (store: EventStore, metrics: Metrics, tracing?: Tracing): EventStore => {
  const seconds = metrics.histogram("touchline_event_store_seconds", "Appends and reads of streams, by outcome.", [
    "operation",
    "outcome",
  ]);
  const timed = async <T>(operation: string, call: Promise<T>, outcomeOf: (result: T) => string): Promise<T> => {
    const stop = seconds.startTimer({ operation });
    try {
      const result = await call;
      stop({ outcome: outcomeOf(result) });
      return result;
    } catch (error) {
      stop({ outcome: "failed" });
      throw error;
    }
  };
  const { append } = tracing ? traceAppends(store, tracing) : store;
  return {
    ...store,
    append: (...args) => timed("append", append(...args), ({ ok }) => (ok ? "ok" : "conflict")),
    read: (stream) => timed("read", store.read(stream), () => "ok"),
  };
};

/** Events carry the trace context of their append, so that everything they lead to belongs to the same trace. */
const traceAppends = (store: EventStore, tracing: Tracing): Pick<EventStore, "append"> => ({
  append: (stream, events, expected) => {
    const [first] = events;
    // Only the category: the name of a payment's stream contains its link's key.
    const category = stream.split("-", 1)[0];
    const start = {
      name: `append ${category}`,
      kind: "client",
      parent: first?.metadata.traceparent,
      attributes: {
        "db.system.name": "eventstoredb",
        "db.operation.name": "append",
        "db.collection.name": category,
        ...(events.length > 1 && { "db.operation.batch.size": events.length }),
        [CORRELATION_ID]: first?.metadata.$correlationId,
      },
    } as const;
    return inSpan(tracing, start, async (traceparent, span) => {
      const traced = events.map((event) => ({ ...event, metadata: { ...event.metadata, traceparent } }));
      const result = await store.append(stream, traced, expected);
      if (!result.ok) span.set({ "db.response.status_code": "wrong_expected_version" });
      return result;
    });
  },
});
