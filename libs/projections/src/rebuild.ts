import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EventStore } from "@touchline/event-store";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { createApplier } from "./applier.ts";
import { createDatabase, nextPath, removeDatabase } from "./database.ts";
import type { OnProgress } from "./progress.ts";
import type { Projection } from "./projection.ts";

export interface FoldAllOptions {
  readonly store: EventStore;
  readonly projection: Projection;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The machine's own by default. */
  readonly runtime?: Runtime;
}

export interface Folded {
  readonly events: number;
  readonly seconds: number;
  /** `$all` position of the last applied event; -1 if there was none. */
  readonly position: bigint;
}

/** The event that a projection could not apply. */
export class UnfoldableEvent extends Error {
  override readonly name = "UnfoldableEvent";
  readonly eventId: string;
  readonly eventType: string;

  constructor(event: { id: string; type: string }, cause: unknown) {
    super(`${event.type} ${event.id} could not be applied: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.eventId = event.id;
    this.eventType = event.type;
  }
}

const BATCH = 1_000;

/** No journal and no waiting for the disk: nobody reads the file until it is complete, and after a crash the rebuild starts again. */
const BUILDING = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;";

/**
 * Rebuilds a projection from the first event, beside the live file. The service that serves `path` takes the result over at once,
 * or at its next start. Reads the event store and writes one file; changes nothing else.
 *
 * @throws UnfoldableEvent, `Fault` when the event store goes away, AbortError
 */
export const rebuild = async (options: FoldAllOptions & { readonly path: string }): Promise<Folded> => {
  const { path, projection } = options;
  mkdirSync(dirname(path), { recursive: true });
  removeLeftOvers(path);
  const building = buildingPath(path, process.pid);
  const db = createDatabase(building, projection, BUILDING);
  try {
    const folded = await foldAll(db, options);
    db.close();
    removeDatabase(nextPath(path));
    renameSync(building, nextPath(path));
    return folded;
  } catch (error) {
    if (db.isOpen) db.close();
    removeDatabase(building);
    throw error;
  }
};

/** Applies every event up to a position, or up to the present end of the log, to an empty file. */
export const foldAll = async (
  db: DatabaseSync,
  { store, projection, onProgress, signal, runtime = systemRuntime() }: FoldAllOptions,
  until?: bigint,
): Promise<Folded> => {
  const applier = createApplier(db, projection, { disposable: true });
  const end = until ?? (await store.head()) ?? 0n;
  const started = runtime.monotonicMs();
  let events = 0;
  let first: bigint | undefined;
  const report = () => {
    const seconds = (runtime.monotonicMs() - started) / 1_000;
    const length = Number(end - (first ?? end));
    const fraction = length > 0 ? Math.min(1, Number(applier.position() - (first ?? end)) / length) : 1;
    onProgress?.({ events, rate: seconds > 0 ? events / seconds : 0, fraction });
  };
  for await (const event of store.readAll({ prefixes: projection.prefixes })) {
    if (until !== undefined && event.position > until) break;
    first ??= event.position;
    try {
      applier.apply(event);
    } catch (error) {
      applier.commit();
      throw new UnfoldableEvent(event, error);
    }
    if (++events % BATCH > 0) continue;
    applier.commit();
    signal?.throwIfAborted();
    report();
  }
  applier.commit();
  report();
  return { events, seconds: (runtime.monotonicMs() - started) / 1_000, position: applier.position() };
};

const buildingPath = (path: string, pid: number) => `${path.replace(/\.sqlite$/, "")}.building-${pid}.sqlite`;

/** Removes the files of rebuilds that were killed. */
const removeLeftOvers = (path: string): void => {
  const name = /^(.*)\.building-(\d+)\.sqlite$/;
  for (const file of readdirSync(dirname(path))) {
    const [, stem, pid] = name.exec(file) ?? [];
    if (`${stem}.sqlite` === basename(path) && !isAlive(Number(pid))) removeDatabase(join(dirname(path), file));
  }
};

const isAlive = (pid: number): boolean => {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
