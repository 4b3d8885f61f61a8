/** Where rows go when the sandbox keeps a DATA_DIR, and nowhere otherwise. */
export type Keeper = {
  load(table: string): Iterable<unknown>;
  save(table: string, id: string, row: unknown): void;
  remove(table: string, id: string): void;
};

export const forgetful: Keeper = { load: () => [], save: () => {}, remove: () => {} };

/** Rows by id, in the order in which they were first put. Rows are replaced, never changed in place. */
export class Table<T extends { readonly id: string }> implements Iterable<T> {
  readonly #rows = new Map<string, T>();
  readonly #name: string;
  readonly #keeper: Keeper;
  readonly #changed: () => void;

  constructor(name: string, keeper: Keeper, changed: () => void = () => {}) {
    this.#name = name;
    this.#keeper = keeper;
    this.#changed = changed;
    // The keeper gives back what this table saved.
    for (const row of keeper.load(name) as Iterable<T>) this.#rows.set(row.id, row);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  put<R extends T>(row: R): R {
    this.#rows.set(row.id, row);
    this.#keeper.save(this.#name, row.id, row);
    this.#changed();
    return row;
  }

  remove(id: string): void {
    if (!this.#rows.delete(id)) return;
    this.#keeper.remove(this.#name, id);
    this.#changed();
  }

  all(): T[] {
    return [...this.#rows.values()];
  }

  /** Newest first, as both providers list. */
  newest(): T[] {
    return this.all().reverse();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#rows.values();
  }
}
