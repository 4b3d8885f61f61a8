import { existsSync } from "node:fs";
import { backup } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventStore } from "@touchline/event-store";
import { nextPath, openNext, removeDatabase } from "./database.ts";
import { createFolder } from "./folder.ts";
import type { Projection } from "./projection.ts";

export interface Takeover {
  readonly store: EventStore;
  readonly projection: Projection;
  readonly path: string;
  readonly signal: AbortSignal;
  /** Where the live rows stand. */
  readonly position: () => bigint;
  readonly replaceContent: (replace: () => Promise<void>) => Promise<void>;
  readonly onBroken: ((error: unknown) => void) | undefined;
}

const LOOK_EVERY_MS = 250;
const BATCH = 1_000;

/** Takes over each finished rebuild that appears beside the live file, until the signal aborts. */
export const watchForNext = async (takeover: Takeover): Promise<void> => {
  const { path, signal, onBroken } = takeover;
  while (!signal.aborted) {
    try {
      if (existsSync(nextPath(path))) await takeOver(takeover);
    } catch (error) {
      // The rebuild stays where it is: it is tried again.
      onBroken?.(error);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
  }
};

const takeOver = async ({ store, projection, path, position, replaceContent }: Takeover): Promise<void> => {
  const next = openNext(path, projection);
  if (!next) return;
  try {
    const folder = createFolder(next, projection, { disposable: true });
    // What was stored since the rebuild ended, so that no reader sees the rows go back in time.
    const catchUp = async () => {
      const wanted = position();
      if (folder.position() >= wanted) return;
      for await (const event of store.readAll({ after: folder.position(), prefixes: projection.prefixes })) {
        if (event.position > wanted) break;
        folder.fold(event);
        if (folder.pending() >= BATCH) folder.commit();
      }
      folder.commit();
    };
    await catchUp();
    await replaceContent(async () => {
      await catchUp();
      // One transaction on the live file: readers, in other processes too, see the old rows and then the new ones.
      await backup(next, path, { rate: 1_000 });
    });
  } finally {
    next.close();
  }
  removeDatabase(nextPath(path));
};
