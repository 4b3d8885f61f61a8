import type { FixedColumns } from "./columns.ts";
import type { Facts } from "./facts.ts";
import type { Tables, When } from "./tables.ts";

interface Kept {
  facts: Facts;
  /** For a new row. */
  fixed?: FixedColumns;
  /** The last event that changed the row; absent when only the facts behind it changed. */
  when?: When;
  written: boolean;
}

/** The rows that one transaction touches, each read once and written once. Nothing is kept beyond a commit. */
export const keepRows = (tables: Tables, changed: ((registrationId: string) => void) | undefined) => {
  const rows = new Map<string, Kept>();
  const links = new Map<string, string>();

  const forget = () => {
    rows.clear();
    links.clear();
  };

  const write = (registrationId: string, kept: Kept): void => {
    if (kept.written) return;
    if (kept.fixed && kept.when) tables.insert(kept.fixed, kept.facts, kept.when);
    else if (kept.when) tables.update(registrationId, kept.facts, kept.when);
    else tables.remember(registrationId, kept.facts);
    if (kept.when) changed?.(registrationId);
  };

  return {
    facts: (registrationId: string): Facts | undefined => {
      const kept = rows.get(registrationId);
      if (kept) return kept.facts;
      const facts = tables.facts(registrationId);
      if (facts) rows.set(registrationId, { facts, written: true });
      return facts;
    },
    begin: (registrationId: string, fixed: FixedColumns, facts: Facts, when: When): void => {
      rows.set(registrationId, { fixed, facts, when, written: false });
    },
    change: (registrationId: string, facts: Facts, when: When | undefined): void => {
      const kept = rows.get(registrationId);
      if (!kept) throw new TypeError("A row was changed before it was read.");
      kept.facts = facts;
      kept.written = false;
      if (when) kept.when = when;
    },
    /** Whether this was new. */
    link: (stream: string, registrationId: string): boolean => {
      if (links.has(stream)) return false;
      links.set(stream, registrationId);
      return tables.link(stream, registrationId);
    },
    linked: (stream: string): string | undefined => {
      const registrationId = links.get(stream) ?? tables.linked(stream);
      if (registrationId !== undefined) links.set(stream, registrationId);
      return registrationId;
    },
    flush: (): void => {
      for (const [registrationId, kept] of rows) write(registrationId, kept);
      forget();
    },
    forget,
  };
};
