import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { checkpointTables } from "./checkpoint.ts";
import { createDatabase } from "./database.ts";
import { type FoldAllOptions, foldAll, UnfoldableEvent } from "./rebuild.ts";

/** One row that does not match the events. Values are personal data: show the columns' names, not the values. */
export interface Difference {
  readonly table: string;
  /** Values of the primary key, or of all columns where there is none. */
  readonly key: readonly SQLOutputValue[];
  readonly kind: "missing" | "extra" | "differs";
  /** Columns that differ; empty for rows that are missing or extra. */
  readonly columns: readonly string[];
}

export interface Verification {
  /** `$all` position up to which both were compared; -1 for an empty projection. */
  readonly position: bigint;
  readonly events: number;
  readonly rows: number;
  /** How many differences there are; `differences` holds the first 1,000. */
  readonly found: number;
  readonly differences: readonly Difference[];
  /** The event that stopped the scratch rebuild before that position. */
  readonly unfoldable?: { readonly eventId: string; readonly eventType: string };
}

const KEPT_MAX = 1_000;

/**
 * Applies all events, as far as the live file has got, to a scratch file, and compares row by row. The live file is only read,
 * and may go on meanwhile.
 *
 * @throws Error when the live file does not exist or is of another version, `Fault` when the event store goes away
 */
export const verify = async (options: FoldAllOptions & { readonly path: string }): Promise<Verification> => {
  if (!existsSync(options.path))
    throw new Error(`There is no ${options.path}. Has its service ever run on this folder?`);
  const folder = mkdtempSync(join(tmpdir(), "touchline-verify-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // It has families' data, so it goes when the command is stopped, too.
  process.once("exit", remove);
  try {
    return await verifyIn(folder, options);
  } finally {
    process.off("exit", remove);
    remove();
  }
};

const verifyIn = async (folder: string, options: FoldAllOptions & { readonly path: string }): Promise<Verification> => {
  const live = await snapshot(options.path, join(folder, "live.sqlite"));
  const scratch = createDatabase(join(folder, "scratch.sqlite"), options.projection, "PRAGMA synchronous = OFF");
  try {
    const { version, position } = checkpointOf(live);
    if (version !== BigInt(options.projection.version)) {
      throw new Error(`The live file has version ${version}, but the code has version ${options.projection.version}.`);
    }
    const { events, unfoldable } = await foldUpTo(scratch, options, position);
    const found = compare(live, scratch, options.projection.moving ?? []);
    return { position, events, ...found, ...(unfoldable && { unfoldable }) };
  } finally {
    live.close();
    scratch.close();
  }
};

/** Copies the file, so that the service can go on. */
const snapshot = async (path: string, copy: string): Promise<DatabaseSync> => {
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    await backup(source, copy, { rate: 10_000 });
  } finally {
    source.close();
  }
  return new DatabaseSync(copy, { readOnly: true });
};

const checkpointOf = (db: DatabaseSync): { version: bigint; position: bigint } => {
  const statement = db.prepare("SELECT version, position FROM checkpoint");
  statement.setReadBigInts(true);
  return statement.get() as { version: bigint; position: bigint };
};

const foldUpTo = async (scratch: DatabaseSync, options: FoldAllOptions, position: bigint) => {
  try {
    return { ...(await foldAll(scratch, options, position)), unfoldable: undefined };
  } catch (error) {
    if (!(error instanceof UnfoldableEvent)) throw error;
    return { events: 0, unfoldable: { eventId: error.eventId, eventType: error.eventType } };
  }
};

const tablesOf = (db: DatabaseSync): string[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map((row) => String(row.name))
    .filter((name) => !checkpointTables.has(name));

const compare = (live: DatabaseSync, scratch: DatabaseSync, moving: readonly string[]) => {
  const differences: Difference[] = [];
  let found = 0;
  let rows = 0;
  const note = (difference: Difference) => {
    if (++found <= KEPT_MAX) differences.push(difference);
  };
  for (const table of tablesOf(scratch)) rows += compareTable(table, live, scratch, moving, note);
  return { rows, found, differences };
};

type SqlRow = Record<string, SQLOutputValue>;

/** Walks both tables in key order, like a merge of two sorted lists. Returns how many rows the scratch table has. */
const compareTable = (
  table: string,
  live: DatabaseSync,
  scratch: DatabaseSync,
  moving: readonly string[],
  note: (d: Difference) => void,
): number => {
  const columns = scratch.prepare("SELECT name, pk FROM pragma_table_info(?)").all(table);
  const names = columns.map((c) => String(c.name)).filter((name) => !moving.includes(name));
  const keys = columns.filter((c) => Number(c.pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk));
  const key = keys.length > 0 ? keys.map((c) => String(c.name)) : names;
  const order = key.map((name) => `"${name}"`).join(", ");
  const query = `SELECT ${names.map((name) => `"${name}"`).join(", ")} FROM "${table}" ORDER BY ${order}`;
  const a = rowsOf(live, query);
  const b = rowsOf(scratch, query);
  let rows = 0;
  let left = a.next();
  let right = b.next();
  while (!left.done || !right.done) {
    const side = left.done ? 1 : right.done ? -1 : compareKeys(left.value, right.value, key);
    const row = (side <= 0 ? left.value : right.value) as SqlRow;
    const at = { table, key: key.map((name) => row[name] as SQLOutputValue) };
    if (side < 0) note({ ...at, kind: "extra", columns: [] });
    else if (side > 0) note({ ...at, kind: "missing", columns: [] });
    else {
      const differing = names.filter((name) => !same((left.value as SqlRow)[name], (right.value as SqlRow)[name]));
      if (differing.length > 0) note({ ...at, kind: "differs", columns: differing });
    }
    if (side >= 0) rows++;
    if (side <= 0) left = a.next();
    if (side >= 0) right = b.next();
  }
  return rows;
};

const rowsOf = (db: DatabaseSync, query: string): Iterator<SqlRow> => {
  const statement = db.prepare(query);
  statement.setReadBigInts(true);
  return statement.iterate() as Iterator<SqlRow>;
};

const same = (a: SQLOutputValue | undefined, b: SQLOutputValue | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

const compareKeys = (a: SqlRow, b: SqlRow, key: readonly string[]): number => {
  for (const name of key) {
    const order = compareValues(a[name] ?? null, b[name] ?? null);
    if (order !== 0) return order;
  }
  return 0;
};

/** SQLite's own order: null, numbers, text by bytes, blobs. */
const compareValues = (a: SQLOutputValue, b: SQLOutputValue): number => {
  const rank = (v: SQLOutputValue) => (v === null ? 0 : typeof v === "string" ? 2 : v instanceof Uint8Array ? 3 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return a === b ? 0 : (a as number | bigint) < (b as number | bigint) ? -1 : 1;
};
