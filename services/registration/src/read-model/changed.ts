import type { DatabaseSync } from "node:sqlite";
import { shown, toRow } from "./queries.ts";
import type { Row } from "./row.ts";

/** A family whose row last changed at this position; without a row once it is erased. */
export interface Changed {
  readonly registrationId: string;
  readonly position: bigint;
  readonly row: Row | undefined;
}

/**
 * The last change of each family that changed after a position, oldest first. One event can change several families, such as a STOP
 * from a number that siblings share: they come together, although they may exceed the limit.
 */
export type ChangedAfter = (position: bigint, limit: number) => readonly Changed[];

export const createChangedAfter = (db: DatabaseSync): ChangedAfter => {
  const rows = db.prepare(
    `SELECT ${shown} FROM registrations WHERE registrations.position > ?1 AND registrations.position <= (
       SELECT max(position) FROM (SELECT position FROM registrations WHERE position > ?1 ORDER BY position LIMIT ?2)
     ) ORDER BY registrations.position`,
  );
  const erased = db.prepare(
    "SELECT registration_id, CAST(position AS TEXT) AS at FROM erased WHERE position > ? ORDER BY position LIMIT ?",
  );
  return (position, limit) => {
    const changes: Changed[] = [
      ...rows.all(position, limit).map((found) => {
        const row = toRow(found) as Row;
        return { registrationId: row.registration_id, position: row.position, row };
      }),
      ...erased.all(position, limit).map((found) => ({
        registrationId: String(found.registration_id),
        position: BigInt(String(found.at)),
        row: undefined,
      })),
    ];
    changes.sort((a, b) => (a.position < b.position ? -1 : 1));
    const end = changes[limit - 1]?.position;
    return end === undefined ? changes : changes.filter((change) => change.position <= end);
  };
};
