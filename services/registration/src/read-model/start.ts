import type { EventStore } from "@touchline/event-store";
import { observeProjections, type RunnerOptions, type RunningProjection, runProjection } from "@touchline/projections";
import type { ServiceContext } from "@touchline/service";
import type { Config } from "../config.ts";
import { daysProjection } from "./days.ts";
import { createFind, type Find } from "./find.ts";
import { createOwnWrites, type OwnWrites } from "./own-writes.ts";
import { registrationsProjection } from "./projection.ts";
import { createQueries, type Queries } from "./queries.ts";
import { createWatchers, type Watchers } from "./watchers.ts";

export interface ReadModel {
  readonly registrations: RunningProjection;
  readonly days: RunningProjection;
  readonly queries: Queries;
  readonly watchers: Watchers;
  readonly ownWrites: OwnWrites;
  readonly find: Find;
}

/** Follows the events into the service's two SQLite files. */
export const startReadModel = (
  context: ServiceContext,
  store: EventStore,
  { databasePath, daysPath }: Pick<Config, "databasePath" | "daysPath">,
): ReadModel => {
  const { log, runtime, onClose } = context;
  const watchers = createWatchers(() => queries);
  // Not the service's own signal: calls in flight still read the rows while everything else stops.
  const stopping = new AbortController();
  const options: Omit<RunnerOptions, "projection" | "path"> = {
    store,
    runtime,
    signal: stopping.signal,
    onBroken: (err) => log.warn({ err }, "the subscription broke; following again"),
    onStopped: (status) => log.error({ status }, "the projection stopped before an event that it cannot apply"),
  };
  const registrations = runProjection({
    ...options,
    projection: registrationsProjection,
    onChange: watchers.changed,
    path: databasePath,
  });
  const days = runProjection({ ...options, projection: daysProjection, path: daysPath });
  onClose(() => {
    stopping.abort();
    return Promise.all([registrations.done, days.done]);
  });
  const queries = createQueries(registrations.db);
  registrations.onCommit(watchers.committed);
  observeProjections(context, [registrations, days]);
  const ownWrites = createOwnWrites(registrations);
  const find = createFind({ store, queries, projection: registrations, ownWrites });
  return { registrations, days, queries, watchers, ownWrites, find };
};
