import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import { changingColumns, changingNames, type FixedColumns } from "./columns.ts";
import type { Facts } from "./facts.ts";
import { columnNames } from "./row.ts";

/** Position and time of the log when a row changed. */
export type When = Pick<StoredEvent, "position" | "created">;

export type Tables = ReturnType<typeof prepareTables>;

/** The statements of the `registrations` projection. */
export const prepareTables = (db: DatabaseSync) => ({
  ...prepareRows(db),
  ...prepareWaiting(db),
  ...preparePhones(db),
  ...prepareErasing(db),
});

const prepareRows = (db: DatabaseSync) => {
  const insert = db.prepare(
    `INSERT INTO registrations (${columnNames.join(", ")}, facts) VALUES (${columnNames.map((n) => `$${n}`).join(", ")}, $facts)`,
  );
  // Parameters by position, because names cost a look-up and this runs most.
  const update = db.prepare(
    `UPDATE registrations SET ${changingNames.map((name) => `${name} = ?`).join(", ")}, updated_at = ?, position = ?, facts = ?
     WHERE registration_id = ?`,
  );
  const remember = db.prepare("UPDATE registrations SET facts = ? WHERE registration_id = ?");
  const facts = db.prepare("SELECT facts FROM registrations WHERE registration_id = ?");
  const linked = db.prepare("SELECT registration_id FROM links WHERE stream = ?");
  const link = db.prepare("INSERT OR IGNORE INTO links VALUES (?, ?)");
  return {
    insert: (row: FixedColumns, after: Facts, { created, position }: When) => {
      const changing = { ...changingColumns(after), updated_at: created.toISOString(), position };
      insert.run({ ...row, ...changing, facts: JSON.stringify(after) });
    },
    update: (registrationId: string, after: Facts, { created, position }: When) => {
      const shown = changingColumns(after);
      const values = changingNames.map((name) => shown[name]);
      update.run(...values, created.toISOString(), position, JSON.stringify(after), registrationId);
    },
    remember: (registrationId: string, after: Facts) => void remember.run(JSON.stringify(after), registrationId),
    facts: (registrationId: string): Facts | undefined => {
      const text = facts.get(registrationId)?.facts;
      return typeof text === "string" ? (JSON.parse(text) as Facts) : undefined;
    },
    linked: (stream: string) => linked.get(stream)?.registration_id as string | undefined,
    /** Whether this was new. */
    link: (stream: string, registrationId: string) => Number(link.run(stream, registrationId).changes) > 0,
  };
};

const prepareWaiting = (db: DatabaseSync) => {
  const keep = db.prepare("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?)");
  const isWaiting = db.prepare("SELECT 1 FROM waiting WHERE owner = ? LIMIT 1");
  const release = db.prepare("DELETE FROM waiting WHERE owner = ? RETURNING event");
  return {
    keep: (owner: string, event: StoredEvent) => void keep.run(owner, event.position, JSON.stringify(event, withText)),
    /** Removes what waited for this owner, and returns it oldest first. */
    release: (owner: string): StoredEvent[] =>
      // Events hardly ever wait, and a DELETE that returns rows costs more than asking first.
      isWaiting.get(owner) === undefined
        ? []
        : release
            .all(owner)
            .map(({ event }) => revive(JSON.parse(String(event))))
            .sort((a, b) => (a.position < b.position ? -1 : 1)),
  };
};

const withText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

const revive = (event: { position: string; revision: string; created: string }) =>
  ({
    ...event,
    position: BigInt(event.position),
    revision: BigInt(event.revision),
    created: new Date(event.created),
  }) as StoredEvent;

const prepareErasing = (db: DatabaseSync) => {
  const isErased = db.prepare("SELECT 1 FROM erased WHERE registration_id = ?");
  const note = db.prepare("INSERT OR IGNORE INTO erased VALUES (?, ?)");
  const row = db.prepare("DELETE FROM registrations WHERE registration_id = ?");
  const waiting = db.prepare("DELETE FROM waiting WHERE owner = ?");
  const link = db.prepare("DELETE FROM links WHERE stream = ?");
  return {
    isErased: (registrationId: string) => isErased.get(registrationId) !== undefined,
    /** Links stay, so that later events about the payment are recognised as those of an erased registration. */
    erase: (registrationId: string, position: bigint) => {
      note.run(registrationId, position);
      row.run(registrationId);
      waiting.run(registrationId);
    },
    unlink: (stream: string) => {
      link.run(stream);
      waiting.run(stream);
    },
  };
};

const preparePhones = (db: DatabaseSync) => {
  const isOptedOut = db.prepare("SELECT 1 FROM opted_out WHERE phone = ?");
  const optOut = db.prepare("INSERT OR IGNORE INTO opted_out VALUES (?)");
  const optIn = db.prepare("DELETE FROM opted_out WHERE phone = ?");
  const ofPhone = db.prepare("SELECT registration_id FROM registrations WHERE parent_phone = ?");
  return {
    isOptedOut: (phone: string) => isOptedOut.get(phone) !== undefined,
    optOut: (phone: string, out: boolean) => void (out ? optOut : optIn).run(phone),
    ofPhone: (phone: string) => ofPhone.all(phone).map((row) => String(row.registration_id)),
  };
};
