import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";

/** Folds one event into the rows. Synchronous, no side effect but the rows. */
export interface Fold {
  (event: StoredEvent): void;
  /**
   * For a fold that keeps rows back, to write each once for several events: writes them. Called before each commit, and
   * after each event where the rows may be read in between.
   */
  readonly flush?: () => void;
  /** Drops what was kept back: the transaction is taken back to before the event. */
  readonly forget?: () => void;
}

/**
 * A view that can be thrown away: tables, and how each event changes them. `prepare`'s result sees every event once and in
 * order, inside a transaction that also holds the checkpoint.
 */
export interface Projection {
  /** Names the file: `<name>.sqlite`. */
  readonly name: string;
  /** Raise it when tables or fold change: a file of another version is rebuilt from the events. */
  readonly version: number;
  /** Columns that the service itself changes as time passes, without an event: they are not verified. */
  readonly moving?: readonly string[];
  /** Stream prefixes that it wants, e.g. `["registration-", "sms-"]`. */
  readonly prefixes: readonly string[];
  /** `CREATE TABLE` statements, run once on an empty file. */
  readonly schema: string;
  /**
   * Prepares its statements once; the result folds one event after the other. It may say which thing's rows have changed,
   * once they are written, to the runner's `onChange`; a rebuild does not ask.
   */
  readonly prepare: (db: DatabaseSync, changed?: (key: string) => void) => Fold;
}
