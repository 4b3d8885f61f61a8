import { existsSync } from "node:fs";
import { checkPlaces, type EventStore, type Place } from "@touchline/event-store";
import type { Runtime } from "@touchline/service/runtime";
import { nextPath } from "./database.ts";
import type { Projection } from "./projection.ts";
import { rebuild } from "./rebuild.ts";

export interface ExchangeOptions {
  readonly store: EventStore;
  readonly projection: Projection;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  /** Some of the events that the rows were made from. */
  readonly remembered: () => readonly Place[];
}

export interface ExchangeWatch {
  /**
   * Resolves once the rows are made from the events that the store has now. If they are not, rebuilds the view; until the new rows
   * take over, readers see the old ones. Throws what `rebuild` throws.
   */
  readonly check: () => Promise<void>;
  /** Calls the listener when the store turns out to have other events. */
  readonly onExchanged: (listener: () => void) => () => void;
}

const TAKEN_OVER_EVERY_MS = 20;

export const watchForExchange = (options: ExchangeOptions): ExchangeWatch => {
  const { store, projection, path, signal, runtime, remembered } = options;
  const listeners = new Set<() => void>();
  let announced = false;
  const announce = () => {
    if (!announced) for (const listener of listeners) listener();
    announced = true;
  };
  return {
    check: async () => {
      while (!signal.aborted && (await checkPlaces(store, remembered())) === "exchanged") {
        announce();
        await rebuild({ store, projection, path, signal, runtime });
        // An older rebuild may have been taken over instead, so check again which rows these are.
        while (existsSync(nextPath(path)) && !signal.aborted) await runtime.sleep(TAKEN_OVER_EVERY_MS, signal);
      }
      announced = false;
    },
    onExchanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
