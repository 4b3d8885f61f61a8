import type { Queries } from "./queries.ts";
import type { Row } from "./row.ts";

/** Called with each state of a row, and with `undefined` when the registration is erased. */
type Watcher = (row: Row | undefined) => void;

/** Hands each state of a row to the watchers of its registration. Costs a map lookup when there are none. */
export interface Watchers {
  readonly watch: (registrationId: string, watcher: Watcher) => () => void;
  readonly count: () => number;
  /** For the projection: a row has changed in the open transaction. */
  readonly changed: (registrationId: string) => void;
  /** For the projection: that transaction is committed. */
  readonly committed: () => void;
}

export const createWatchers = (queries: () => Queries): Watchers => {
  const watchers = new Map<string, Set<Watcher>>();
  let count = 0;
  let pending: { readonly registrationId: string; readonly row: Row | undefined }[] = [];
  return {
    count: () => count,
    watch: (registrationId, watcher) => {
      const own = watchers.get(registrationId) ?? new Set();
      watchers.set(registrationId, own.add(watcher));
      count++;
      return () => {
        if (!own.delete(watcher)) return;
        count--;
        if (own.size === 0 && watchers.get(registrationId) === own) watchers.delete(registrationId);
      };
    },
    changed: (registrationId) => {
      if (!watchers.has(registrationId)) return;
      // Read at once: several events may share a transaction, and watchers get every state.
      const row = queries().get(registrationId);
      const last = pending.at(-1);
      // One event may release others that waited for it; together they make one state.
      if (last?.registrationId === registrationId && last.row?.position === row?.position) pending.pop();
      pending.push({ registrationId, row });
    },
    committed: () => {
      const committed = pending;
      pending = [];
      for (const { registrationId, row } of committed)
        for (const watcher of watchers.get(registrationId) ?? []) watcher(row);
    },
  };
};
