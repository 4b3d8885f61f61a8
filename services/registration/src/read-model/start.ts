import type { EventStore } from "@touchline/event-store";
import { observeProjections, type RunnerOptions, type RunningProjection, runProjection } from "@touchline/projections";
import type { ServiceContext } from "@touchline/service";
import type { Config } from "../config.ts";
import { type Books, createBooks } from "./books.ts";
import { type ChangedAfter, createChangedAfter } from "./changed.ts";
import { daysProjection } from "./days.ts";
import { createFind, type Find } from "./find.ts";
import { ledgerProjection } from "./ledger.ts";
import { createNeeding, type Needing } from "./needing.ts";
import { createOwnWrites, type OwnWrites } from "./own-writes.ts";
import { registrationsProjection } from "./projection.ts";
import { createQueries, type Queries } from "./queries.ts";
import { createWatchers, type Watchers } from "./watchers.ts";

export interface ReadModel {
  readonly registrations: RunningProjection;
  readonly days: RunningProjection;
  readonly ledger: RunningProjection;
  readonly queries: Queries;
  readonly books: Books;
  readonly watchers: Watchers;
  readonly ownWrites: OwnWrites;
  readonly find: Find;
  readonly needing: Needing;
  readonly changedAfter: ChangedAfter;
}

/** Follows the events into the service's SQLite files. */
export const startReadModel = (
  context: ServiceContext,
  store: EventStore,
  { databasePath, daysPath, ledgerPath }: Pick<Config, "databasePath" | "daysPath" | "ledgerPath">,
): ReadModel => {
  const { log, runtime, onClose } = context;
  const watchers = createWatchers(() => queries);
  // Not the service's own signal: calls in flight still read the rows while everything else stops.
  const stopping = new AbortController();
  const options: Omit<RunnerOptions, "projection" | "path"> = {
    store,
    runtime,
    signal: stopping.signal,
    onBroken: (err) => log.warn({ err }, "the subscription of a view was lost; resubscribing"),
    onStopped: (status) => log.error({ status }, "a view has stopped; status says why"),
  };
  const registrations = runProjection({
    ...options,
    projection: registrationsProjection,
    onChange: watchers.changed,
    path: databasePath,
  });
  const days = runProjection({ ...options, projection: daysProjection, path: daysPath });
  const ledger = runProjection({ ...options, projection: ledgerProjection, path: ledgerPath });
  onClose(() => {
    stopping.abort();
    return Promise.all([registrations.done, days.done, ledger.done]);
  });
  const queries = createQueries(registrations.db, runtime.now);
  registrations.onCommit(watchers.committed);
  observeProjections(context, [registrations, days, ledger]);
  const ownWrites = createOwnWrites(registrations);
  registrations.onExchanged(ownWrites.forget);
  const find = createFind({ store, queries, projection: registrations, ownWrites });
  return {
    registrations,
    days,
    ledger,
    queries,
    books: createBooks(ledger.db, runtime.now),
    watchers,
    ownWrites,
    find,
    needing: createNeeding(registrations.db),
    changedAfter: createChangedAfter(registrations.db),
  };
};
