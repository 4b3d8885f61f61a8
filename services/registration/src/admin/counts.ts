import type { DatabaseSync } from "node:sqlite";
import type { Row } from "../read-model/row.ts";

/** The lists that the board offers. */
export const shows = ["all", "unpaid", "undelivered"] as const;
export type Show = (typeof shows)[number];

export const SEARCH_MAX = 50;

export type Counts = Readonly<Record<Show, number>>;

/** What the board asks of the read model beyond what everybody asks. */
export interface BoardQueries {
  readonly counts: () => Counts;
  /** Ids of registrations whose child or parent has this in the name, or whose phone this is; newest first. */
  readonly search: (text: string, phone: string | undefined) => readonly string[];
}

export const createBoardQueries = (db: DatabaseSync): BoardQueries => {
  const counts = db.prepare(`SELECT count(*) AS "all",
    count(*) FILTER (WHERE payment_status IN ('pending', 'failed', 'charged_back')) AS unpaid,
    count(*) FILTER (WHERE sms_delivery_status IN ('undelivered', 'failed')) AS undelivered FROM registrations`);
  const names = db.prepare(
    "SELECT registration_id, child_name, parent_name, parent_phone FROM registrations ORDER BY created_at DESC",
  );
  return {
    counts: () => counts.get() as Counts,
    search: (text, phone) => {
      const wanted = folded(text);
      const found: string[] = [];
      for (const row of names.iterate() as Iterable<Record<keyof Row, string>>) {
        const hit = phone
          ? row.parent_phone === phone
          : wanted !== "" && (folded(row.child_name).includes(wanted) || folded(row.parent_name).includes(wanted));
        if (hit && found.push(row.registration_id) >= SEARCH_MAX) break;
      }
      return found;
    },
  };
};

/** `Zoë O’Neill` and `zoe o'neill` are the same to a search. */
const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{Mn}/gu, "")
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
