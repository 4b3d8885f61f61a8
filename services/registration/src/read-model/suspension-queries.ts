import type { DatabaseSync } from "node:sqlite";
import { settled, unpaid } from "./traits.ts";

/** A family whose fee is unpaid, by its row. */
export interface Unpaid {
  readonly registration_id: string;
  readonly billing_request_id: string;
  readonly season: string;
  readonly created_at: string;
}

/** What the suspension of families asks of the read model. */
export const createSuspensionQueries = (db: DatabaseSync) => {
  const owing = db.prepare(`SELECT registration_id, billing_request_id, season, created_at FROM registrations
    WHERE ${unpaid} AND cancelled = 0 AND suspended_at IS NULL
      AND billing_request_id IS NOT NULL AND held_for IS NULL AND phone_needs_correction = 0 AND created_at <= ?`);
  const reinstatable = db.prepare(`SELECT registration_id FROM registrations
    WHERE suspended_at IS NOT NULL AND ${settled}`);
  const suspended = db.prepare("SELECT count(*) AS n FROM registrations WHERE suspended_at IS NOT NULL");
  return {
    /** Registered by then, not suspended, and with a number that can be texted. */
    unpaid: (createdBy: Date) => owing.all(createdBy.toISOString()) as unknown as Unpaid[],
    /** Suspended though nothing is owed. */
    settled: () => reinstatable.all().map((row) => String(row.registration_id)),
    suspended: () => Number(suspended.get()?.n),
  };
};

export type SuspensionQueries = ReturnType<typeof createSuspensionQueries>;
