import type { DatabaseSync } from "node:sqlite";
import type { Due } from "../sms/due.ts";
import type { Again, createChores } from "./chores.ts";
import type { Sender } from "./sender.ts";

export interface WorkerOptions {
  readonly db: DatabaseSync;
  readonly chores: ReturnType<typeof createChores>;
  readonly sender: Sender;
  readonly now: () => Date;
  /** How many texts may be started now, when something other than room limits it. */
  readonly allowance?: () => number;
  readonly onStarted?: () => void;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

type Chore = Due["what"];

const LOOK_EVERY_MS = 500;
const LOOK_SOON_MS = 25;
const LOOKUPS_AT_ONCE = 4;
/** While a chore is in hand its row is not due; long enough for any chore, short enough after a crash of it. */
const IN_HAND_MS = 60_000;
const AFTER_FAULT_MS = 2_000;

/** Does what the projection says is due, oldest first, in every instance: who claims first does it. */
export const createWorker = ({ db, chores, sender, now, signal, onFault, ...options }: WorkerOptions) => {
  const take = db.prepare(`
    UPDATE texts SET due_at = :until WHERE sms_id IN (
      SELECT sms_id FROM texts WHERE due_what = :what AND due_at <= :now ORDER BY position LIMIT :limit
    ) AND due_at <= :now RETURNING sms_id, position`);
  const again = db.prepare("UPDATE texts SET due_at = :at WHERE sms_id = :smsId AND due_at = :until");
  const inHand = new Set<Promise<void>>();
  let lookups = 0;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;

  const takeDue = (what: Chore, limit: number) => {
    if (limit <= 0) return { until: 0, ids: [] };
    const at = now().getTime();
    const until = at + IN_HAND_MS;
    const rows = take.all({ what, now: at, until, limit }) as { sms_id: string; position: number }[];
    return { until, ids: rows.sort((a, b) => a.position - b.position).map((row) => row.sms_id) };
  };

  const handle = (smsId: string, until: number, chore: () => Promise<Again>) => {
    const work = chore()
      .catch((error: unknown) => {
        onFault(error);
        return now().getTime() + AFTER_FAULT_MS;
      })
      .then((at) => {
        // Only while no event has changed the row meanwhile.
        if (at !== undefined && !signal.aborted) again.run({ smsId, until, at: at === "never" ? null : at });
      })
      .finally(() => inHand.delete(work));
    inHand.add(work);
  };

  const sendDue = () => {
    const { until, ids } = takeDue("send", Math.min(sender.room(), options.allowance?.() ?? sender.room(), 200));
    for (const smsId of ids) {
      const slot = sender.slot();
      if (slot) {
        options.onStarted?.();
        handle(smsId, until, () => chores.send(smsId, slot));
      } else handle(smsId, until, async () => now().getTime() + 250);
    }
  };

  const lookUpDue = (what: "abandon" | "ask" | "poll") => {
    const { until, ids } = takeDue(what, LOOKUPS_AT_ONCE - lookups);
    for (const smsId of ids) {
      lookups++;
      handle(smsId, until, async () => {
        try {
          return await chores[what](smsId);
        } finally {
          lookups--;
          lookSoon();
        }
      });
    }
  };

  const look = () => {
    if (signal.aborted) return;
    lookUpDue("abandon");
    lookUpDue("ask");
    lookUpDue("poll");
    sendDue();
  };

  const lookSoon = () => {
    soon ??= setTimeout(() => {
      soon = undefined;
      look();
    }, LOOK_SOON_MS);
  };

  return {
    /** Something may have become due. Events come in crowds, so that this waits for the rest of them. */
    lookSoon,
    start: () => {
      timer = setInterval(look, LOOK_EVERY_MS);
      signal.addEventListener(
        "abort",
        () => {
          clearInterval(timer);
          clearTimeout(soon);
        },
        { once: true },
      );
      look();
    },
    /** Resolves when nothing is in hand any more. */
    idle: async () => {
      while (inHand.size > 0) await Promise.allSettled(inHand);
    },
  };
};
