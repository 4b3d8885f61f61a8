import { existsSync } from "node:fs";
import { backup } from "node:sqlite";
import type { EventStore } from "@touchline/event-store";
import type { Runtime } from "@touchline/service/runtime";
import { createApplier } from "./applier.ts";
import { nextPath, openNext, removeDatabase } from "./database.ts";
import { notInPlace } from "./file-trouble.ts";
import type { Projection } from "./projection.ts";
import type { ViewFile } from "./view-file.ts";

export interface Takeover {
  readonly store: EventStore;
  readonly projection: Projection;
  readonly path: string;
  /** The live file. */
  readonly file: ViewFile;
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  /** How far the live rows have got. */
  readonly position: () => bigint;
  readonly replaceContent: (replace: () => Promise<void>) => Promise<void>;
  readonly onBroken: ((error: unknown) => void) | undefined;
}

const LOOK_EVERY_MS = 250;
const BATCH = 1_000;

/** Takes over each finished rebuild that appears beside the live file, until the signal aborts. */
export const watchForNext = async (takeover: Takeover): Promise<void> => {
  const { path, signal, runtime, onBroken } = takeover;
  while (!signal.aborted) {
    try {
      if (existsSync(nextPath(path))) await takeOver(takeover);
    } catch (error) {
      // The rebuild stays in place and is tried again.
      onBroken?.(error);
    }
    await runtime.sleep(LOOK_EVERY_MS, signal, { guard: true });
  }
};

const takeOver = async ({ store, projection, path, file, position, replaceContent }: Takeover): Promise<void> => {
  // Otherwise the rebuild would go into a file that this process does not read. It waits for the new one.
  if (!file.isInPlace()) return file.onDamage(notInPlace(path));
  const next = openNext(path, projection);
  if (!next) return;
  try {
    const applier = createApplier(next, projection, { disposable: true });
    // Applies the events stored since the rebuild ended, so that no reader sees the rows go back in time.
    const catchUp = async () => {
      const wanted = position();
      if (applier.position() >= wanted) return;
      // A rebuild that found no events has no position to continue from.
      const after = applier.position() < 0n ? undefined : applier.position();
      for await (const event of store.readAll({ after, prefixes: projection.prefixes })) {
        if (event.position > wanted) break;
        applier.apply(event);
        if (applier.pending() >= BATCH) applier.commit();
      }
      applier.commit();
    };
    await catchUp();
    await replaceContent(async () => {
      await catchUp();
      // One transaction on the live file: all readers, in other processes too, see the old rows and then the new ones.
      await backup(next, path, { rate: 1_000 });
    });
  } finally {
    next.close();
  }
  removeDatabase(nextPath(path));
};
