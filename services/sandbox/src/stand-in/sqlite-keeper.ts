import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Keeper } from "./table.ts";

/** Keeps rows in one SQLite file, so that the providers remember when the sandbox is started again. */
export const openSqliteKeeper = (dataDir: string): Keeper & { close(): void } => {
  mkdirSync(dataDir, { recursive: true });
  const db = new DatabaseSync(join(dataDir, "sandbox.sqlite"));
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS rows (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      id TEXT NOT NULL,
      json TEXT NOT NULL,
      UNIQUE (name, id)
    ) STRICT;
  `);
  const select = db.prepare("SELECT json FROM rows WHERE name = ? ORDER BY seq");
  const upsert = db.prepare(
    "INSERT INTO rows (name, id, json) VALUES (?, ?, ?) ON CONFLICT (name, id) DO UPDATE SET json = excluded.json",
  );
  const remove = db.prepare("DELETE FROM rows WHERE name = ? AND id = ?");
  return {
    load: (table) => select.all(table).map((row): unknown => JSON.parse(String(row.json))),
    save: (table, id, row) => void upsert.run(table, id, JSON.stringify(row)),
    remove: (table, id) => void remove.run(table, id),
    close: () => db.close(),
  };
};
