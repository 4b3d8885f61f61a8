import { Fault } from "@touchline/contracts";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import type { OpsConfig } from "./config.ts";
import { Problem } from "./problem.ts";

/** Opens the event store for `use`, and closes it afterwards. */
export const withStore = async <T>(config: OpsConfig, use: (store: EventStore) => Promise<T>): Promise<T> => {
  const store = connectEventStore({ url: config.eventStoreUrl });
  try {
    // A read of $all has no time limit of its own: first see whether anybody is there.
    await store.ping();
    return await use(store);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Problem(
      `The event store at ${withoutSecrets(config.eventStoreUrl)} does not answer (${error.code}).`,
      "Start Touchline (npm start) or the event store alone (npm run eventstore -- --port 2113 --data data/eventstore), or set EVENTSTORE_URL.",
    );
  } finally {
    await store.close().catch(() => {});
  }
};

/** A connection string may hold a password. */
export const withoutSecrets = (url: string): string => url.replace(/\/\/[^@/]*@/, "//…@");
