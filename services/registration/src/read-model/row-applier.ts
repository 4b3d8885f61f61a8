import type { StoredEvent } from "@touchline/event-store";
import { changingColumns, differ, fixedColumns } from "./columns.ts";
import { applyEvent, type Completed, firstFacts } from "./facts.ts";
import type { keepRows } from "./kept-rows.ts";
import type { Tables, When } from "./tables.ts";

/** Applies events to the row of their registration; those that come before it wait for it. */
export const createRowApplier = (tables: Tables, kept: ReturnType<typeof keepRows>) => {
  /** `when` is the event that the row changes with: for one that had to wait, the event that it waited for. */
  const applyTo = (registrationId: string, event: StoredEvent, when: When = event): void => {
    const facts = kept.facts(registrationId);
    if (!facts && tables.isErased(registrationId)) return;
    if (event.type === "RegistrationCompleted") {
      if (!facts) complete(registrationId, event.data, event);
    } else if (!facts) {
      tables.keep(registrationId, event);
    } else {
      const applied = applyEvent(facts, event);
      const moved = applied.parentPhone !== facts.parentPhone;
      const after = moved ? { ...applied, optedOut: tables.isOptedOut(applied.parentPhone) } : applied;
      if (after === facts) return;
      const shows = differ(changingColumns(facts), changingColumns(after));
      kept.change(registrationId, after, shows ? when : undefined);
    }
  };

  const complete = (registrationId: string, data: Completed, when: When): void => {
    kept.begin(registrationId, fixedColumns(data), firstFacts(data, tables.isOptedOut(data.parentPhone)), when);
    releaseTo(registrationId, registrationId, when);
  };

  const releaseTo = (registrationId: string, owner: string, when: When): void => {
    for (const early of tables.release(owner)) applyTo(registrationId, early, when);
  };

  return { applyTo, releaseTo };
};
