import type { DatabaseSync } from "node:sqlite";
import { releaseTexts } from "../projections/texts.ts";
import type { Due, Timing } from "../sms/due.ts";
import type { Limits } from "./allowance.ts";
import type { Again, createChores } from "./chores.ts";
import type { About, Sender } from "./sender.ts";

export interface WorkerOptions {
  readonly db: DatabaseSync;
  readonly chores: ReturnType<typeof createChores>;
  readonly sender: Sender;
  readonly now: () => Date;
  /** When texts are limited: they go one after the other then, in the order in which they were requested. */
  readonly limits?: Limits | undefined;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown, about?: About) => void;
}

type Chore = Due["what"];

interface Row {
  readonly sms_id: string;
  readonly registration_id: string;
  readonly requested_at: number;
  readonly position: number;
}

const LOOK_EVERY_MS = 500;
const LOOK_SOON_MS = 25;
const LOOKUPS_AT_ONCE = 4;
/** While a chore is in hand its row is not due; long enough for any chore, short enough after a crash of it. */
const IN_HAND_MS = 60_000;
const NO_ROOM_MS = 250;
/** At most; with jitter, since many texts fail together. */
const AFTER_FAULT_MS = 10_000;

/** Does what the projection says is due, oldest first, in every instance: who claims first does it. */
export const createWorker = ({ db, chores, sender, limits, timing, now, signal, onFault }: WorkerOptions) => {
  const take = db.prepare(`
    UPDATE texts SET due_at = :until WHERE sms_id IN (
      SELECT sms_id FROM texts WHERE due_what = :what AND due_at <= :now ORDER BY requested_at, position LIMIT :limit
    ) AND due_at <= :now RETURNING sms_id, registration_id, requested_at, position`);
  const again = db.prepare("UPDATE texts SET due_at = :at WHERE sms_id = :smsId AND due_at = :until");
  const anyDue = db.prepare("SELECT 1 FROM texts WHERE due_what = ? AND due_at <= ? LIMIT 1");
  const inHand = new Set<Promise<void>>();
  /** The round of texts that go one after the other. */
  const inLine: { round?: Promise<void> | undefined } = {};
  let lookups = 0;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;

  const takeDue = (what: Chore, limit: number) => {
    const at = now().getTime();
    // Mostly nothing is, and asking takes no lock.
    if (limit <= 0 || anyDue.get(what, at) === undefined) return { until: 0, found: [] };
    const until = at + IN_HAND_MS;
    const rows = take.all({ what, now: at, until, limit }) as unknown as Row[];
    return {
      until,
      found: rows.sort((a, b) => a.requested_at - b.requested_at || a.position - b.position),
    };
  };

  const handle = (
    { sms_id: smsId, registration_id: correlationId }: Row,
    until: number,
    chore: () => Promise<Again>,
  ): Promise<void> => {
    const work = chore()
      .catch((error: unknown) => {
        onFault(error, { correlationId });
        return now().getTime() + Math.min(AFTER_FAULT_MS, timing.evidenceMs) * (0.5 + Math.random());
      })
      .then((at) => {
        // Only while no event has changed the row meanwhile.
        if (at !== undefined && !signal.aborted)
          again.run({ smsId, until, at: at === "never" ? null : Math.round(at) });
      })
      .finally(() => inHand.delete(work));
    inHand.add(work);
    return work;
  };

  const sendDue = () => {
    let slot = sender.slot();
    if (!slot) return;
    const { until, found } = takeDue("send", sender.room() + 1);
    for (const row of found) {
      const own = slot ?? sender.slot();
      slot = undefined;
      // While one text is tried after a hold, the others are looked at again soon.
      void handle(row, until, async () => (own ? chores.send(row.sms_id, own) : now().getTime() + NO_ROOM_MS));
    }
    slot?.release();
  };

  /** One text at a time, each claimed before the next is looked at. */
  const sendInLine = async (limits: Limits): Promise<void> => {
    const wanted = () => !signal.aborted && sender.isReady() && anyDue.get("send", now().getTime()) !== undefined;
    // The line is taken only by who has something to send and may.
    while (wanted() && (await limits.allow()) === 1) {
      const slot = signal.aborted ? undefined : sender.slot();
      if (!slot) return;
      const { until, found } = takeDue("send", 1);
      const [row] = found;
      if (row === undefined) return slot.release();
      await handle(row, until, () => chores.send(row.sms_id, slot, limits.claimed));
    }
  };

  const sendNext = (limits: Limits) => {
    inLine.round ??= sendInLine(limits)
      .catch(onFault)
      .finally(() => {
        inLine.round = undefined;
        const waitMs = limits.waitMs();
        if (waitMs > 0 && waitMs < LOOK_EVERY_MS) setTimeout(look, waitMs + 1);
      });
  };

  const lookUpDue = (what: "abandon" | "ask" | "poll") => {
    const { until, found } = takeDue(what, LOOKUPS_AT_ONCE - lookups);
    for (const row of found) {
      lookups++;
      void handle(row, until, async () => {
        try {
          return await chores[what](row.sms_id);
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
    if (limits) sendNext(limits);
    else sendDue();
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
      releaseTexts(db, timing, now().getTime(), now().getTime() + IN_HAND_MS);
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
