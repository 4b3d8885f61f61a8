import { isRegistrationId } from "@touchline/contracts";
import { type EventStore, streamName } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import { type Actor, sees } from "../people/roles.ts";
import { statesOf } from "./history.ts";
import type { OwnWrites } from "./own-writes.ts";
import type { Queries } from "./queries.ts";
import type { Row } from "./row.ts";

export interface Finding {
  readonly store: EventStore;
  readonly queries: Queries;
  readonly projection: Pick<RunningProjection, "reached" | "status">;
  readonly ownWrites: Pick<OwnWrites, "settled">;
}

/** Undefined when there is no such registration anywhere. Throws `Fault` if the event store has to be asked and is down. */
export type Find = (registrationId: string) => Promise<Row | undefined>;

/** Undefined also for a family that the actor may not see. */
export const findSeen = async (
  find: Find,
  registrationId: string,
  actor: Pick<Actor, "teams">,
): Promise<Row | undefined> => {
  const row = await find(registrationId);
  return row && sees(actor, row.team) ? row : undefined;
};

const PATIENCE_MS = 250;

/** Looks into the read model, then into the stream: another instance may have taken it in a moment ago. */
export const createFind =
  ({ store, queries, projection, ownWrites }: Finding): Find =>
  async (registrationId) => {
    // No stream can have such a name, so there is nothing to look for.
    if (!isRegistrationId(registrationId)) return undefined;
    await ownWrites.settled(registrationId);
    const row = queries.get(registrationId);
    if (row) return row;
    const events = await store.read(streamName("registration", registrationId));
    const last = events.at(-1);
    if (!last) return undefined;
    if (projection.status().state === "live") await projection.reached(last.position, PATIENCE_MS);
    return queries.get(registrationId) ?? statesOf(events).at(-1);
  };
