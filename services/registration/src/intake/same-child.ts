import type { EventStore } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import type { Queries } from "../read-model/queries.ts";
import { type Registered, sameChild } from "../registration/same-child.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { type BesideSameChild, createTakeIn, type IntakeDependencies, type TakeIn } from "./take-in.ts";

export interface SameChildLook {
  readonly store: Pick<EventStore, "readAll">;
  readonly queries: Pick<Queries, "idsOfPhone" | "get">;
  readonly projection: Pick<RunningProjection, "position">;
}

/** While a view is rebuilt, more events than this may be missing from its rows; the intake does not wait for all of them. */
const UNSHOWN_MAX = 2_000;

/** Holds the same child back across all intakes on one store. With play money, a child may register again and again. */
export const takeInsOf = (
  options: SameChildLook & Omit<IntakeDependencies, "besideSameChild">,
): ((store: EventStore) => TakeIn) => {
  const besideSameChild = options.testFees ? undefined : createBesideSameChild(options);
  return (store) => createTakeIn({ ...options, store, besideSameChild });
};

/**
 * Looks for the same child in the rows, and in stored events that the rows lack. Registrations with one number take turns, so of two
 * at once on one instance the second sees the first. On two instances both may pass if they look within milliseconds of each other;
 * the board then lists each on the other's page.
 */
const createBesideSameChild = (options: SameChildLook): BesideSameChild => {
  const inTurn = oneAtATime();
  return (registrationId, content, take) =>
    inTurn(content.parentPhone, async () => {
      // Read before the rows, so that a registration that is applied meanwhile is seen twice instead of missed.
      const unshown = await unshownOf(options, content.parentPhone);
      return take(sameChild(registrationId, content, [...shownOf(options, content.parentPhone), ...unshown]));
    });
};

const shownOf = ({ queries }: SameChildLook, phone: string): Registered[] =>
  queries
    .idsOfPhone(phone)
    .toReversed()
    .map((id) => queries.get(id))
    .filter((row) => row !== undefined)
    .filter((row) => row.cancelled === 0)
    .map((row) => ({
      registrationId: row.registration_id,
      childName: row.child_name,
      team: row.team,
      season: row.season,
    }));

const unshownOf = async ({ store, projection }: SameChildLook, phone: string): Promise<Registered[]> => {
  const found = new Map<string, Registered>();
  let read = 0;
  for await (const event of store.readAll({ after: projection.position(), prefixes: ["registration-"] })) {
    if (event.type === "RegistrationCompleted" && event.data.parentPhone === phone) {
      const { registrationId, child, team, season } = event.data;
      const childName = `${child.firstName} ${child.lastName}`;
      found.set(registrationId, { registrationId, childName, team, season });
    } else if (event.type === "RegistrationCancelled" || event.type === "RegistrationErased") {
      found.delete(event.data.registrationId);
    }
    if (++read === UNSHOWN_MAX) break;
  }
  return [...found.values()];
};
