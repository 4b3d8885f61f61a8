import type { DatabaseSync } from "node:sqlite";
import { shown, toRow } from "./queries.ts";
import type { Row } from "./row.ts";

/** A family whose row last changed at this position; without a row once it is erased. */
export interface Changed {
  readonly registrationId: string;
  readonly position: bigint;
  readonly row: Row | undefined;
}

/** The last change of each family that changed after a position, oldest first. */
export type ChangedAfter = (position: bigint, limit: number) => readonly Changed[];

export const createChangedAfter = (db: DatabaseSync): ChangedAfter => {
  const rows = db.prepare(
    `SELECT ${shown} FROM registrations WHERE registrations.position > ? ORDER BY registrations.position LIMIT ?`,
  );
  const erased = db.prepare(
    "SELECT registration_id, CAST(position AS TEXT) AS at FROM erased WHERE position > ? ORDER BY position LIMIT ?",
  );
  return (position, limit) =>
    [
      ...rows.all(position, limit).map((found) => {
        const row = toRow(found) as Row;
        return { registrationId: row.registration_id, position: row.position, row };
      }),
      ...erased.all(position, limit).map((found) => ({
        registrationId: String(found.registration_id),
        position: BigInt(String(found.at)),
        row: undefined,
      })),
    ]
      .sort((a, b) => (a.position < b.position ? -1 : 1))
      .slice(0, limit);
};
