import { Fault } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import type { AppendResult, EventStore, NewEvent, StoredEvent } from "./types.ts";

/** An in-memory event store for unit tests. It behaves as a real one does; the same test suite checks both. */
export const memoryEventStore = (clock?: () => Date, runtime: Runtime = systemRuntime()): EventStore => {
  const now = clock ?? runtime.now;
  const log: StoredEvent[] = [];
  const hiddenBelow = new Map<string, bigint>();
  const listeners = new Set<() => void>();
  const wanted = (prefixes: readonly string[] | undefined, types?: readonly string[]) => (event: StoredEvent) =>
    (!prefixes || prefixes.some((p) => event.stream.startsWith(p))) && (!types || types.includes(event.type));

  const append: EventStore["append"] = async (stream, events, expected) => {
    const existing = log.filter((e) => e.stream === stream);
    const current = BigInt(existing.length) - 1n;
    const wish = expected === "no_stream" ? -1n : expected;
    if (wish !== current) return repeated(existing.slice(Number(wish) + 1), events);
    for (const { id, type, metadata, data } of events) {
      const place = { stream, revision: BigInt(log.filter((e) => e.stream === stream).length) };
      const position = BigInt(log.length + 1) * 100n;
      log.push({ id, type, metadata, data: structuredClone(data), ...place, position, created: now() } as StoredEvent);
    }
    for (const wake of listeners) wake();
    return { ok: true, revision: current + BigInt(events.length), position: BigInt(log.length) * 100n };
  };

  /** As on a server, reading can only continue after an event or beyond the end. */
  const refuseUnknownPosition = (after: bigint | undefined) => {
    const end = log.at(-1)?.position ?? -1n;
    if (after === undefined || after > end || log.some((e) => e.position === after)) return;
    throw new Fault("event_store_unavailable", { detail: `There never was an event at position ${after}.` });
  };

  const subscribe: EventStore["subscribe"] = async ({ after, prefixes, types, signal, onEvent, onCaughtUp }) => {
    refuseUnknownPosition(after);
    let next = after === undefined ? 0 : log.filter((e) => e.position <= after).length;
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

  const read = async (stream: string) =>
    log.filter((e) => e.stream === stream && e.revision >= (hiddenBelow.get(stream) ?? 0n));

  return {
    runtime,
    append,
    subscribe,
    read: read as EventStore["read"],
    truncateBefore: async (stream, revision) => void hiddenBelow.set(stream, revision),
    readAll: async function* ({ after, prefixes } = {}) {
      refuseUnknownPosition(after);
      yield* log.filter((e) => (after === undefined || e.position > after) && wanted(prefixes)(e));
    },
    at: async (position) => {
      const found = log.find((e) => e.position === position);
      return found ? { kind: "event", id: found.id } : { kind: "never" };
    },
    head: async () => log.at(-1)?.position,
    ping: async () => {},
    status: () => ({ appendsFailingForMs: 0 }),
    close: async () => {},
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
