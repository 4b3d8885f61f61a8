import type { DatabaseSync } from "node:sqlite";
import { type DueLooks, lookWhenDue } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import type { EmailChores } from "./chores.ts";

export interface EmailWorkerOptions {
  readonly db: DatabaseSync;
  readonly chores: EmailChores;
  readonly runtime: Pick<Runtime, "now" | "after" | "every">;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

/** How soon to look again when more is due than one look takes. */
const LOOK_AGAIN_MS = 1_000;
const AT_ONCE = 20;
/** Longer than any attempt. A chore that failed is tried again then. */
const PUT_OFF_MS = 180_000;
/** Anything due longer ago is no longer news: reading an old log for the first time sends no e-mails. */
const NEWS_FOR_MS = 7 * 86_400_000;

/** Does what is due, one at a time: there are a handful a day. Every instance tries; the streams decide who was first. */
export const startEmailWorker = (options: EmailWorkerOptions): Pick<DueLooks, "changed" | "idle"> => {
  const { db, chores, runtime, signal, onFault } = options;
  const due = db.prepare("SELECT stream FROM due WHERE due_at BETWEEN ? AND ? ORDER BY due_at LIMIT ?");
  const next = db.prepare("SELECT min(due_at) AS at FROM due WHERE due_at >= ?");
  const putOff = db.prepare("UPDATE due SET due_at = ? WHERE stream = ?");
  // Not if an event has planned it again.
  const done = db.prepare("UPDATE due SET due_at = NULL WHERE stream = ? AND due_at = ?");

  const handle = async (stream: string): Promise<void> => {
    const again = runtime.now().getTime() + PUT_OFF_MS;
    putOff.run(again, stream);
    const id = stream.slice(stream.indexOf("-") + 1);
    if (stream.startsWith("email-")) return chores.send(id);
    await chores.consider(id);
    if (!signal.aborted) done.run(stream, again);
  };

  const look = async (): Promise<void> => {
    const now = runtime.now().getTime();
    for (const { stream } of due.all(now - NEWS_FOR_MS, now, AT_ONCE)) {
      if (signal.aborted) return;
      await handle(String(stream)).catch(onFault);
    }
  };

  const nextMs = () => (next.get(runtime.now().getTime() - NEWS_FOR_MS)?.at as number | null | undefined) ?? undefined;
  const looks = lookWhenDue({ runtime, signal, nextMs, look: () => look().catch(onFault), againMs: LOOK_AGAIN_MS });
  looks.changed();
  return looks;
};
