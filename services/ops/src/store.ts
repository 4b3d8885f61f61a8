import { Fault } from "@touchline/contracts";
import { connectEventStore, type EventStore, explain } from "@touchline/event-store";
import type { OpsConfig } from "./config.ts";
import { Problem } from "./problem.ts";

/** Opens the event store for `use`, and closes it afterwards. */
export const withStore = async <T>(config: OpsConfig, use: (store: EventStore) => Promise<T>): Promise<T> => {
  const store = connectEventStore({ url: config.eventStoreUrl });
  try {
    // A read of $all has no time limit, so first check that the store answers.
    await store.ping();
    return await use(store);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { kind, sentence, advice } = explain(error.cause);
    throw new Problem(
      sentence,
      kind === "refused"
        ? "Start Touchline (npm start) or the event store alone (npm run eventstore -- --port 2113 --data data/eventstore), or correct EVENTSTORE_URL."
        : advice,
    );
  } finally {
    await store.close().catch(() => {});
  }
};
