import { inTime, type Metrics, type Runtime, systemRuntime } from "@touchline/service";
import type { EventStore } from "./types.ts";

/** How far a follower lags behind the store. */
export interface Lag {
  /** The number of stored events after its position, counted up to 10,000. */
  readonly events: number;
  /** The age of the oldest of them; 0 when there is none. */
  readonly seconds: number;
}

const COUNTED_MAX = 10_000;
const KEPT_MS = 1_000;

/** Asks the store what follows a position; -1 means before the first event. Cheap when nothing follows. */
export const measureLag = async (store: EventStore, position: bigint, prefixes?: readonly string[]): Promise<Lag> => {
  let events = 0;
  let oldest: Date | undefined;
  const from = { ...(prefixes && { prefixes }), ...(position >= 0n && { after: position }) };
  for await (const event of store.readAll(from)) {
    oldest ??= event.created;
    if (++events >= COUNTED_MAX) break;
  }
  return { events, seconds: oldest ? Math.max(0, store.runtime.now().getTime() - oldest.getTime()) / 1_000 : 0 };
};

export interface Follower<L extends string> {
  readonly labels: Partial<Record<L, string>>;
  readonly lag: () => Promise<Lag>;
}

export interface LagOptions<L extends string> {
  readonly name: `touchline_${string}`;
  /** Completes the phrase "stored events …". */
  readonly what: string;
  readonly labels?: readonly L[];
  readonly runtime?: Runtime;
}

/** Shows lags as `<name>_lag_events` and `<name>_lag_seconds`. Call it once for each name in a process. */
export const observeLag = <L extends string = never>(
  metrics: Metrics,
  { name, what, labels = [], runtime = systemRuntime() }: LagOptions<L>,
  followers: readonly Follower<L>[],
): void => {
  const measured = followers.map((follower) => ({ labels: follower.labels, lag: kept(follower.lag, runtime) }));
  const gauge = (unit: keyof Lag, help: string) =>
    metrics.gauge(`${name}_lag_${unit}`, help, labels, async (g) => {
      const found = await Promise.all(measured.map(({ lag }) => inTime(lag(), runtime)));
      // While the event store is away, the lag is unknown.
      for (const [i, { labels: values }] of measured.entries()) g.set(values, found[i]?.[unit] ?? Number.NaN);
    });
  gauge("events", `Stored events ${what}, counted up to ${COUNTED_MAX.toLocaleString("en-GB")}.`);
  gauge("seconds", `Age of the oldest stored event ${what}.`);
};

/** One measurement serves all gauges of a scrape. Until it ends, no other is started. */
const kept = <T>(measure: () => Promise<T>, runtime: Runtime): (() => Promise<T>) => {
  let result: Promise<T> | undefined;
  let endedAt: number | undefined;
  const end = () => {
    endedAt = runtime.monotonicMs();
  };
  return () => {
    if (!result || (endedAt !== undefined && runtime.monotonicMs() - endedAt > KEPT_MS)) {
      endedAt = undefined;
      result = measure();
      result.then(end, end);
    }
    return result;
  };
};
