import { statSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Fault } from "@touchline/contracts";
import { asFileFault, isDamage, onFile } from "./file-trouble.ts";

/**
 * A view's file. Readers prepare statements once and keep them, even if the file is opened late or replaced: a statement is
 * prepared again each time the file is opened. Errors that the file causes are thrown as a `Fault`.
 */
export class ViewFile extends DatabaseSync {
  readonly path: string;
  /** Called when any reader or writer finds that the file is damaged. */
  onDamage: (fault: Fault) => void = () => {};
  /** How often the file was opened. Damage found before the last time was in a file that is gone. */
  openings = 0;

  private inode: number | undefined;

  /** Does not open the file yet. */
  constructor(path: string) {
    super(path, { open: false });
    this.path = path;
  }

  override open(): void {
    this.openings++;
    super.open();
  }

  /** Remembers which file is open, once it exists: SQLite creates it at the first write. */
  noteInode(): void {
    this.inode = inodeOf(this.path);
  }

  /** Whether the file at its path is still the open one. Otherwise nobody else sees what is written. */
  isInPlace(): boolean {
    return !this.isOpen || inodeOf(this.path) === this.inode;
  }

  override exec(sql: string): void {
    this.blaming(() => super.exec(sql));
  }

  override prepare(sql: string): StatementSync {
    let prepared: StatementSync | undefined;
    let opening = 0;
    let bigInts = false;
    const current = (): StatementSync => {
      if (prepared && opening === this.openings) return prepared;
      prepared = super.prepare(sql);
      prepared.setReadBigInts(bigInts);
      opening = this.openings;
      return prepared;
    };
    const statement = {
      get: (...values: SQLInputValue[]) => this.blaming(() => current().get(...values)),
      all: (...values: SQLInputValue[]) => this.blaming(() => current().all(...values)),
      run: (...values: SQLInputValue[]) => this.blaming(() => current().run(...values)),
      iterate: (...values: SQLInputValue[]) => this.blaming(() => current().iterate(...values)),
      setReadBigInts: (enabled: boolean) => {
        bigInts = enabled;
        prepared?.setReadBigInts(enabled);
      },
    };
    // Views do not use the other methods of a statement.
    return statement as StatementSync;
  }

  private blaming<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const fault = asFileFault(error, this.path);
      if (fault && isDamage(error)) this.onDamage(fault);
      throw fault ?? error;
    }
  }
}

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/** Closes a file, whatever its state. */
export const closeFile = (file: ViewFile): void => {
  if (file.isOpen) onFile(file.path, () => file.close());
};
