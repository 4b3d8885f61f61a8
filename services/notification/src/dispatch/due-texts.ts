import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Due } from "../sms/due.ts";

export type Chore = Due["what"];

/** A text with a chore due. */
export interface DueText {
  readonly smsId: string;
  readonly registrationId: string;
  /** The row is not due again until then, so that it is not taken twice. */
  readonly takenUntilMs: number;
}

/** How long a row is not due while its chore runs: enough for any chore, and short enough if the process crashes. */
export const TAKEN_MS = 60_000;

const chores = ["send", "abandon", "ask", "poll"] as const satisfies readonly Chore[];

/** Texts are sent in the order of their requests. Whatever is looked up and put back goes to the end, so that it holds up no other. */
const orderOf = (what: Chore): string => (what === "send" ? "requested_at, position" : "due_at");

/** Uses the index of due texts, which begins with the chore. */
const firstOf = (what: Chore): string =>
  `(SELECT min(due_at) FROM texts WHERE due_what = '${what}' AND due_at >= 0) AS "${what}"`;

/** The queue of chores in the projection of texts. */
export const createDueTexts = (db: DatabaseSync, now: () => Date) => {
  const taking = (order: string) =>
    db.prepare(`
      UPDATE texts SET due_at = :until WHERE sms_id IN (
        SELECT sms_id FROM texts WHERE due_what = :what AND due_at <= :now ORDER BY ${order} LIMIT :limit
      ) AND due_at <= :now RETURNING sms_id, registration_id, requested_at, position`);
  const takeRows = Object.fromEntries(chores.map((what) => [what, taking(orderOf(what))])) as Record<
    Chore,
    StatementSync
  >;
  const putBack = db.prepare(
    "UPDATE texts SET due_at = :at, due_wait = :wait WHERE sms_id = :smsId AND due_at = :until",
  );
  // Taken rows are due later than planned, by less than :taken.
  const bring = db.prepare(
    "UPDATE texts SET due_at = :now + due_wait WHERE due_at IS NOT NULL AND due_at > :now + due_wait + :taken",
  );
  const anyDue = db.prepare("SELECT 1 FROM texts WHERE due_what = ? AND due_at <= ? LIMIT 1");

  const first = db.prepare(`SELECT ${chores.map(firstOf).join(", ")}`);

  const isAnyDue = (what: Chore) => anyDue.get(what, now().getTime()) !== undefined;

  /** Takes up to `limit` of them. */
  const take = (what: Chore, limit: number): DueText[] => {
    // Mostly nothing is due, and asking takes no lock.
    if (limit <= 0 || !isAnyDue(what)) return [];
    const nowMs = now().getTime();
    const until = nowMs + TAKEN_MS;
    return takeRows[what]
      .all({ what, now: nowMs, until, limit })
      .sort((a, b) => Number(a.requested_at) - Number(b.requested_at) || Number(a.position) - Number(b.position))
      .map((row) => ({
        smsId: String(row.sms_id),
        registrationId: String(row.registration_id),
        takenUntilMs: until,
      }));
  };

  /** Makes it due again at `atMs`, or never. No effect if an event has changed the row since. */
  const lookAgain = ({ smsId, takenUntilMs }: DueText, atMs: number | null): void => {
    const at = atMs === null ? null : Math.round(atMs);
    const wait = at === null ? null : Math.max(0, at - now().getTime());
    putBack.run({ smsId, until: takenUntilMs, at, wait });
  };

  /** Brings forward what is due later than its longest wait from now: the clock was ahead when that was planned. */
  const bringForward = (): void => {
    bring.run({ now: now().getTime(), taken: TAKEN_MS });
  };

  /** When the next of each kind is due; infinite if none is planned. */
  const firstMs = (): Readonly<Record<Chore, number>> => {
    const row = first.get();
    const at = (what: Chore) => (row?.[what] as number | null | undefined) ?? Number.POSITIVE_INFINITY;
    return { send: at("send"), abandon: at("abandon"), ask: at("ask"), poll: at("poll") };
  };

  return { isAnyDue, take, lookAgain, bringForward, firstMs };
};

export type DueTexts = ReturnType<typeof createDueTexts>;
