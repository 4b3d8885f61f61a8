import { isRegistrationId, type RegistrationEvent } from "@touchline/contracts";
import { type Decided, type EventStore, transact } from "@touchline/event-store";
import { type Act, type Actor, may, sees } from "../people/roles.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import { isKnown, type RegistrationState, registrationAggregate, teamOf } from "../registration/state.ts";

/** Who asks for a change, and in which trace. */
export interface By {
  readonly actor: Actor;
  readonly traceparent?: string | undefined;
}

export const notFound = { kind: "not_found" } as const;
export const notAllowed = { kind: "not_allowed" } as const;

export type Change = ReturnType<typeof changer>;

/** Makes one decision about one registration, if the actor is allowed to and may see it. */
export const changer =
  ({ store, ownWrites }: { readonly store: EventStore; readonly ownWrites: Pick<OwnWrites, "note"> }) =>
  async <R>(
    act: Act,
    registrationId: string,
    decide: (state: RegistrationState) => Decided<RegistrationEvent, R>,
    { actor, traceparent }: By,
  ): Promise<R | typeof notFound | typeof notAllowed> => {
    if (!may(actor, act)) return notAllowed;
    // No stream can have such a name.
    if (!isRegistrationId(registrationId)) return notFound;
    const cause = { service: "registration", actor: actor.id, correlationId: registrationId, traceparent };
    const decideIfSeen = (state: RegistrationState): Decided<RegistrationEvent, R | typeof notFound> =>
      isKnown(state) && !sees(actor, teamOf(state)) ? { events: [], result: notFound } : decide(state);
    const { result, position } = await transact(store, registrationAggregate, registrationId, decideIfSeen, cause);
    ownWrites.note(registrationId, position);
    return result;
  };
