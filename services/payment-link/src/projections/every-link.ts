import type { DatabaseSync } from "node:sqlite";
import type { Link } from "../payment/state.ts";

const PAGE = 200;

/** Reads all links a page at a time, so that taps can come in between. */
export const everyLink = (db: DatabaseSync): (() => Generator<readonly Link[]>) => {
  const next = db.prepare(`SELECT id, state FROM links WHERE id > ? ORDER BY id LIMIT ${PAGE}`);
  return function* () {
    for (let after = ""; ; ) {
      const rows = next.all(after);
      if (rows.length === 0) return;
      after = String(rows.at(-1)?.id);
      yield rows.map((row) => JSON.parse(row.state as string));
    }
  };
};
