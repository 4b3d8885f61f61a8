import { CLOCK_SKEW_MS } from "@touchline/contracts";
import type { EnvReader, Metrics } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import { checkPlaces, type Place } from "./places.ts";
import type { EventStore, StoredEvent } from "./types.ts";

/**
 * How often the store is searched, and how old work must be. By then its consumer has done it, or is still trying. A parent may have
 * to wait two minutes for a text. While NATS is away, first the token and then the text are overlooked, so the sum counts twice.
 */
export interface RecoveryTimes {
  readonly everyMs: number;
  readonly afterMs: number;
}

export const readRecoveryTimes = (read: Pick<EnvReader, "integer">): RecoveryTimes => ({
  everyMs: read.integer("RECOVERY_SECONDS", { fallback: 10, min: 1, max: 86_400 }) * 1_000,
  afterMs: read.integer("RECOVERY_AFTER_SECONDS", { fallback: 45, min: 1, max: 86_400 }) * 1_000,
});

export interface OverlookedOptions {
  readonly times: RecoveryTimes;
  readonly store: Pick<EventStore, "readAll" | "at" | "head">;
  readonly runtime: Pick<Runtime, "now" | "sleep">;
  readonly signal: AbortSignal;
  /** Prefixes of streams, and types of events, that require work. */
  readonly prefixes: readonly string[];
  readonly types: ReadonlySet<StoredEvent["type"]>;
  /** Does the work that the event requires, unless it is done. Resolves with whether anything was left to do. */
  readonly handle: (event: StoredEvent) => Promise<boolean>;
  /** Called when an event was handled late, unless a fault had held it up. */
  readonly onRecovered: (event: StoredEvent) => void;
  /** Called when an event could not be handled. It is tried again in the next search. */
  readonly onFailed: (error: unknown, event?: StoredEvent) => void;
}

/** Counts what was done late, by kind: `registration`, `token`, `text`, `change`, `follow_up`, `erasure`. */
export const recoveredCounter = (metrics: Pick<Metrics, "counter">) =>
  metrics.counter(
    "touchline_recovered_total",
    "Work found undone and then done, although its messages were acknowledged.",
    ["kind"],
  );

const FAILED_MAX = 1_000;
const SEEN_MAX = 5;

/**
 * Searches the store regularly for events that no consumer was given, whatever the consumer's place, and does the work that they
 * require. Each start of the process begins at the first event; work that is already done costs a read.
 */
export const handleOverlooked = async (options: OverlookedOptions): Promise<void> => {
  const { runtime, signal, times, onFailed } = options;
  let progress: Progress = { seen: [], failed: [] };
  while (!signal.aborted) {
    await runtime.sleep(times.everyMs, signal, { guard: true });
    if (signal.aborted) return;
    try {
      progress = await lookOnce(options, progress);
    } catch (error) {
      onFailed(error);
    }
  }
};

interface Progress {
  /** Where the last searches ended, newest first. */
  readonly seen: readonly Place[];
  readonly failed: readonly StoredEvent[];
}

const lookOnce = async (options: OverlookedOptions, before: Progress): Promise<Progress> => {
  const { store, runtime, signal, times, prefixes, types, handle, onRecovered, onFailed } = options;
  // An exchanged store is searched from its first event.
  const { seen, failed } = (await checkPlaces(store, before.seen)) === "same" ? before : { seen: [], failed: [] };
  const nowMs = runtime.now().getTime();
  const [overdue, future] = [new Date(nowMs - times.afterMs), new Date(nowMs + CLOCK_SKEW_MS)];
  const again: StoredEvent[] = [];
  const attempt = async (event: StoredEvent, wasOverlooked = true) => {
    try {
      if ((await handle(event)) && wasOverlooked) onRecovered(event);
    } catch (error) {
      again.push(event);
      onFailed(error, event);
    }
  };
  let reached: Place | undefined;
  for await (const event of store.readAll({ after: seen[0]?.position, prefixes })) {
    // Events from the future count as overdue: the clock of the machine that stored them was wrong.
    if (signal.aborted || (event.created > overdue && event.created <= future)) break;
    if (types.has(event.type)) {
      // What cannot be remembered if it fails is left to a later search.
      if (failed.length + again.length >= FAILED_MAX) break;
      await attempt(event);
    }
    reached = { position: event.position, id: event.id };
  }
  // Afterwards, and no longer than the pause, so that new work does not wait for a provider that is away.
  const untilMs = runtime.now().getTime() + times.everyMs;
  let tried = 0;
  for (const event of failed) {
    if (signal.aborted || runtime.now().getTime() >= untilMs) break;
    tried++;
    // What a fault held up was not overlooked: its consumer is still trying as well.
    await attempt(event, false);
  }
  return {
    seen: reached ? [reached, ...seen].slice(0, SEEN_MAX) : seen,
    failed: [...failed.slice(tried), ...again],
  };
};
