import { follow } from "./follow.ts";
import { checkPlaces, type Place } from "./places.ts";
import type { EventStore, StoredEvent, SubscribeOptions } from "./types.ts";

/** Keeps something in memory in step with the log. */
export interface InStep {
  /** Follows the log until the signal aborts. */
  readonly follow: (signal: AbortSignal, onBroken: (error: unknown) => void) => Promise<void>;
  /** Whether all events have been taken, as far as can be known without reading. */
  readonly isInStep: () => boolean;
}

/** A server that falls behind does not report it: its events come late, and then on time again. */
const LATE_MS = 5_000;
const SETTLED_MS = 10_000;

/** How many of the last events to remember, in case some are scavenged. */
const REMEMBERED = 8;

export interface InStepOptions extends Pick<SubscribeOptions, "prefixes" | "types"> {
  readonly take: (event: StoredEvent) => void;
  /** Called when the store was restored or exchanged: drops everything, and all events are read again. */
  readonly forget: () => void;
}

export const inStepWith = (store: EventStore, { take, forget, ...wanted }: InStepOptions): InStep => {
  const { runtime } = store;
  /** Newest first. */
  let places: readonly Place[] = [];
  let caughtUp = false;
  let lateAt: number | undefined;
  const settled = () => lateAt === undefined || runtime.monotonicMs() - lateAt >= SETTLED_MS;
  return {
    isInStep: () => caughtUp && settled(),
    follow: (signal, onBroken) =>
      follow(store, {
        ...wanted,
        signal,
        position: () => places[0]?.position,
        beforeEach: async () => {
          if ((await checkPlaces(store, places)) === "same") return;
          places = [];
          forget();
        },
        onEvent: (event) => {
          take(event);
          places = [event, ...places].slice(0, REMEMBERED).map(({ position, id }) => ({ position, id }));
          if (caughtUp && runtime.now().getTime() - event.created.getTime() > LATE_MS) lateAt = runtime.monotonicMs();
        },
        onCaughtUp: () => {
          caughtUp = true;
          lateAt = undefined;
        },
        onBroken: (error) => {
          caughtUp = false;
          onBroken(error);
        },
      }),
  };
};
