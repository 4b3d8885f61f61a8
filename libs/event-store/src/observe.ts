import type { Metrics } from "@touchline/service";
import type { EventStore } from "./types.ts";

/** The same store, with the time of each append and read of a stream in the process's metrics. */
export const observeEventStore = (store: EventStore, metrics: Metrics): EventStore => {
  const seconds = metrics.histogram(
    "touchline_event_store_seconds",
    "Appends and reads of streams by how they ended.",
    ["operation", "outcome"],
  );
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
  return {
    ...store,
    append: (...args) => timed("append", store.append(...args), ({ ok }) => (ok ? "ok" : "conflict")),
    read: (stream) => timed("read", store.read(stream), () => "ok"),
  };
};
