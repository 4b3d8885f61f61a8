import { Fault } from "@touchline/contracts";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import type { EventStore, StoredEvent } from "./types.ts";

/** An event store in memory, for unit tests: the same promises as the real one, checked by the same suite. */
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
    if (wish !== current) {
      const stored = existing.slice(Number(wish) + 1, Number(wish) + 1 + events.length);
      const last = stored.at(-1);
      const repeat = stored.length === events.length && stored.every((e, i) => e.id === events[i]?.id);
      return repeat && last ? { ok: true, revision: last.revision, position: last.position } : { ok: false };
    }
    events.forEach((event, i) => {
      const { id, type, metadata } = event;
      const revision = current + 1n + BigInt(i);
      log.push({
        id,
        type,
        metadata,
        stream,
        data: structuredClone(event.data),
        revision,
        position: BigInt(log.length + 1) * 100n,
        created: now(),
      } as StoredEvent);
    });
    for (const wake of listeners) wake();
    return { ok: true, revision: current + BigInt(events.length), position: BigInt(log.length) * 100n };
  };

  /** As on a server, reading goes on after an event or beyond the end, and nowhere else. */
  const refuseInvented = (after: bigint | undefined) => {
    const end = log.at(-1)?.position ?? -1n;
    if (after === undefined || after > end || log.some((e) => e.position === after)) return;
    throw new Fault("event_store_unavailable", { detail: `There never was an event at position ${after}.` });
  };

  const subscribe: EventStore["subscribe"] = async ({ after, prefixes, types, signal, onEvent, onCaughtUp }) => {
    refuseInvented(after);
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
      refuseInvented(after);
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
