import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";

/** Folds one event into the rows. Synchronous, with no side effects except on the rows. */
export interface Fold {
  (event: StoredEvent): void;
  /**
   * Writes the rows that the fold has held back to write once for several events. Called before each commit, and after each event
   * if the rows may be read in between.
   */
  readonly flush?: () => void;
  /** Drops the rows held back, because the transaction is rolled back to before the event. */
  readonly forget?: () => void;
}

/**
 * A view that can be thrown away: tables, and how each event changes them. The fold that `prepare` returns sees every event once
 * and in order, inside a transaction that also holds the checkpoint.
 */
export interface Projection {
  /** Names the file: `<name>.sqlite`. */
  readonly name: string;
  /** Raise it when the tables or the fold change: a file of another version is rebuilt from the events. */
  readonly version: number;
  /** Columns that the service itself changes as time passes, without an event. They are not verified. */
  readonly moving?: readonly string[];
  /** Prefixes of the streams that it reads, e.g. `["registration-", "sms-"]`. */
  readonly prefixes: readonly string[];
  /** `CREATE TABLE` statements, run once on an empty file. */
  readonly schema: string;
  /**
   * Prepares the statements once and returns the fold. Once rows are written, it may pass the key of what they describe to
   * `changed`, which calls the runner's `onChange`. A rebuild passes no `changed`.
   */
  readonly prepare: (db: DatabaseSync, changed?: (key: string) => void) => Fold;
}
