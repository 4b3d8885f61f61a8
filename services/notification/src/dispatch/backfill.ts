import type { DatabaseSync } from "node:sqlite";
import type { Runtime } from "@touchline/service/runtime";
import type { TraceContext } from "./text-sender.ts";
import type { Texts } from "./texts.ts";

export interface BackfillOptions {
  /** The projection of texts, once it is ready. */
  readonly db: DatabaseSync;
  readonly texts: Pick<Texts, "announceMissing">;
  readonly runtime: Pick<Runtime, "sleep">;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown, about: TraceContext) => void;
}

/** At most 50 announcements a second, so that live texts go first. */
const PAUSE_MS = 20;
const AFTER_FAULT_MS = 5_000;

/**
 * Announces the status of every text whose stream is older than announcements. The projection says which, so a later start finds
 * none. Erased texts are not in it. Resolves with how many were announced.
 */
export const announceOldTexts = async ({ db, texts, runtime, signal, onFault }: BackfillOptions): Promise<number> => {
  const rows = db.prepare("SELECT sms_id, registration_id FROM texts WHERE announced = 0 ORDER BY requested_at").all();
  let announced = 0;
  for (const row of rows) {
    while (!signal.aborted) {
      try {
        if (await texts.announceMissing(String(row.sms_id))) announced++;
        break;
      } catch (error) {
        onFault(error, { correlationId: String(row.registration_id) });
        await runtime.sleep(AFTER_FAULT_MS, signal);
      }
    }
    if (signal.aborted) break;
    await runtime.sleep(PAUSE_MS, signal);
  }
  return announced;
};
