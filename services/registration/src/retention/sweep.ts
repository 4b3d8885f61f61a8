import { actors, Fault } from "@touchline/contracts";
import type { RunningProjection } from "@touchline/projections";
import { type Logger, logFields } from "@touchline/service";
import type { Runtime } from "@touchline/service/runtime";
import type { Changes } from "../changes/changes.ts";
import type { Books } from "../read-model/books.ts";
import type { Queries } from "../read-model/queries.ts";
import { keptFamily, keptLongEnough } from "./list.ts";

export interface RetentionOptions {
  readonly queries: Queries;
  readonly books: Pick<Books, "ofFamily">;
  /** Both must be up to date: money that is missing from the rows would not prevent an erasure. */
  readonly views: readonly Pick<RunningProjection, "status">[];
  readonly changes: Pick<Changes, "erase">;
  /** The time from which events, including payments and reversals, may be missing from the store. Nobody is erased meanwhile. */
  readonly lostSince: () => Promise<Date | undefined>;
  /** After the end of the season. */
  readonly months: number;
  readonly runtime: Pick<Runtime, "now" | "sleep" | "random">;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "info" | "warn">;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Each erasure searches all of NATS for copies, one after the other. */
const BETWEEN_MS = 10_000;

/** Once a day, until `signal` aborts, erases the families whose data has been kept for long enough. */
export const keepErasing = async (options: RetentionOptions): Promise<void> => {
  const { runtime, signal, log } = options;
  while (!signal.aborted) {
    const whole = await eraseAll(options).catch((err: unknown) => {
      if (!(err instanceof Fault)) throw err;
      log.warn({ err }, "could not erase the families whose data has been kept for long enough; trying again");
      return false;
    });
    await runtime.sleep((whole ? DAY_MS : HOUR_MS) * (0.9 + runtime.random() / 5), signal);
  }
};

/** Resolves with whether it looked at all of them. */
const eraseAll = async (options: RetentionOptions): Promise<boolean> => {
  const { views, changes, lostSince, months, runtime, signal, log } = options;
  if (views.some((view) => view.status().state !== "live") || (await lostSince())) return false;
  const actor = { id: actors.retention, role: "admin" } as const;
  const kept = [...keptLongEnough(options, months, runtime.now())];
  for (const { registrationId } of kept.filter(({ openMoney }) => openMoney.length === 0)) {
    if (signal.aborted) return true;
    // The rows may have been read an hour ago, and an erasure cannot be undone.
    if (views.some((view) => view.status().state !== "live") || (await lostSince())) return false;
    if (keptFamily(options, registrationId)?.openMoney.length !== 0) continue;
    const { kind } = await changes.erase(registrationId, { actor });
    log.info(
      { ...logFields(registrationId, undefined), outcome: kind },
      "erasing a family whose data has been kept for long enough",
    );
    await runtime.sleep(BETWEEN_MS, signal);
  }
  const blocked = kept.filter(({ openMoney }) => openMoney.length > 0).length;
  if (blocked > 0)
    log.warn(
      { families: blocked },
      "families with unsettled money are not erased: npm run ops -- retention lists them",
    );
  return true;
};
