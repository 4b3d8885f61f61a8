import { Fault } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import type { AppendResult, EventStore, NewEvent, StoredEvent } from "./types.ts";

/** The gap between two positions: a server's are not consecutive either. */
const STEP = 100n;

/** An in-memory event store for unit tests. It behaves as a real one does; the same test suite checks both. */
export const memoryEventStore = (clock?: () => Date, runtime: Runtime = systemRuntime()): EventStore => {
  const { log, of, add, eventAt, countUntil } = createLog(clock ?? runtime.now);
  const hiddenBelow = new Map<string, bigint>();
  const listeners = new Set<() => void>();
  const wanted = (prefixes: readonly string[] | undefined, types?: readonly string[]) => (event: StoredEvent) =>
    (!prefixes || prefixes.some((p) => event.stream.startsWith(p))) && (!types || types.includes(event.type));

  const append: EventStore["append"] = async (stream, events, expected) => {
    const existing = of(stream);
    const current = BigInt(existing.length) - 1n;
    const wish = expected === "no_stream" ? -1n : expected;
    if (wish !== current) return repeated(existing.slice(Number(wish) + 1), events);
    add(stream, events);
    for (const wake of listeners) wake();
    return { ok: true, revision: current + BigInt(events.length), position: BigInt(log.length) * STEP };
  };

  /** As on a server, reading can only continue after an event or beyond the end. */
  const refuseUnknownPosition = (after: bigint | undefined) => {
    const end = log.at(-1)?.position ?? -1n;
    if (after === undefined || after > end || eventAt(after)) return;
    throw new Fault("event_store_unavailable", { detail: `There is no event at position ${after}.` });
  };

  const subscribe: EventStore["subscribe"] = async ({ after, prefixes, types, signal, onEvent, onCaughtUp }) => {
    refuseUnknownPosition(after);
    let next = after === undefined ? 0 : countUntil(after);
    let caughtUp = false;
    while (!signal.aborted) {
      for (let event = log[next]; event && !signal.aborted; event = log[++next]) {
        if (wanted(prefixes, types)(event)) await onEvent(event);
      }
      if (!caughtUp) onCaughtUp?.();
      caughtUp = true;
      if (next < log.length || signal.aborted) continue;
      await woken(listeners, signal);
    }
  };

  const read = async (stream: string) => of(stream).slice(Number(hiddenBelow.get(stream) ?? 0n));

  return {
    runtime,
    append,
    subscribe,
    read: read as EventStore["read"],
    truncateBefore: async (stream, revision) => void hiddenBelow.set(stream, revision),
    readAll: async function* ({ after, prefixes } = {}) {
      refuseUnknownPosition(after);
      yield* log.slice(after === undefined ? 0 : countUntil(after)).filter(wanted(prefixes));
    },
    at: async (position) => {
      const found = eventAt(position);
      return found ? { kind: "event", id: found.id } : { kind: "never" };
    },
    head: async () => log.at(-1)?.position,
    ping: async () => {},
    status: () => ({ appendsFailingForMs: 0 }),
    close: async () => {},
  };
};

/** All events, also by stream and by position: a season has some ten thousand. */
const createLog = (now: () => Date) => {
  const log: StoredEvent[] = [];
  const streams = new Map<string, StoredEvent[]>();
  const of = (stream: string): readonly StoredEvent[] => streams.get(stream) ?? [];
  return {
    log: log as readonly StoredEvent[],
    of,
    add: (stream: string, events: readonly NewEvent[]): void => {
      const own = [...of(stream)];
      for (const { id, type, metadata, data } of events) {
        const place = { stream, revision: BigInt(own.length), position: BigInt(log.length + 1) * STEP };
        const event = { id, type, metadata, data: structuredClone(data), ...place, created: now() } as StoredEvent;
        own.push(event);
        log.push(event);
      }
      streams.set(stream, own);
    },
    eventAt: (position: bigint): StoredEvent | undefined =>
      position > 0n && position % STEP === 0n ? log[Number(position / STEP) - 1] : undefined,
    /** How many events are at or before a position. */
    countUntil: (position: bigint): number => (position < 0n ? 0 : Math.min(Number(position / STEP), log.length)),
  };
};

/** The answer to an append whose stream has moved on: a success if it moved on with these same events. */
const repeated = (since: readonly StoredEvent[], events: readonly NewEvent[]): AppendResult => {
  const last = since.at(events.length - 1);
  const same = last !== undefined && events.every((event, i) => event.id === since[i]?.id);
  return same ? { ok: true, revision: last.revision, position: last.position } : { ok: false };
};

/** Resolves at the next append, or at the abort. */
const woken = (listeners: Set<() => void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = () => {
      listeners.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    listeners.add(wake);
    signal.addEventListener("abort", wake);
  });
