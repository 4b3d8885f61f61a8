import { type Cause, type EventStore, type Known, transact } from "@touchline/event-store";
import { differences } from "../registration/compare.ts";
import { complete, type Fees } from "../registration/decide.ts";
import { isKnown, type RegistrationState, registrationAggregate } from "../registration/state.ts";
import { type Intake, validate } from "../registration/validate.ts";
import type { FieldViolation } from "../registration/violations.ts";

export interface IntakeDependencies {
  readonly store: EventStore;
  readonly fees: Fees;
  readonly now: () => Date;
}

/** What led to the intake: a message's id, and a trace context that is well-formed, where there are any. */
export interface IntakeCause {
  readonly id?: string;
  readonly traceparent?: string | undefined;
}

export type IntakeOutcome =
  | {
      readonly kind: "accepted";
      readonly registrationId: string;
      /** The same content had been taken in before; nothing happened now. */
      readonly duplicate: boolean;
      readonly acceptedAt: Date;
      /** `$all` position of the new event. */
      readonly position?: bigint | undefined;
    }
  | { readonly kind: "invalid"; readonly violations: readonly FieldViolation[] }
  /** The id is taken by other content; `violations` names the fields that differ. */
  | { readonly kind: "conflict"; readonly registrationId: string; readonly violations: readonly FieldViolation[] }
  /** The registration with this id was erased, and the id is not used again. */
  | { readonly kind: "erased"; readonly registrationId: string; readonly violations: readonly FieldViolation[] };

/** Nearly every registration is a new one: its stream is read only when the store says that it is not. */
const nothingYet: Known<RegistrationState> = { state: registrationAggregate.initial, revision: -1n };

/** A late repeat must not bring back what was erased, nor be called a duplicate of something that is gone. */
const erasedId: FieldViolation = {
  field: "registrationId",
  code: "erased",
  message: "This registration was erased. A new one needs an id of its own.",
};

export type TakeIn = (input: Intake, cause?: IntakeCause) => Promise<IntakeOutcome>;

/** Takes one registration in, whichever way it came. Resolves when it is durable; throws `Fault` when it could not be made so. */
export const createTakeIn =
  ({ store, fees, now }: IntakeDependencies): TakeIn =>
  async (input, cause = {}) => {
    const validated = validate(input);
    if (!validated.ok) return { kind: "invalid", violations: validated.violations };
    const { registrationId, content } = validated;
    const decide = complete(registrationId, content, fees, now());
    const about: Cause = {
      service: "registration",
      correlationId: registrationId,
      id: cause.id,
      traceparent: cause.traceparent,
      // A redelivered message must find the first one's event, and not take it for its own.
      claim: true,
    };
    const { state, events, position } = await transact(
      store,
      registrationAggregate,
      registrationId,
      decide,
      about,
      nothingYet,
    );
    if (state.status === "erased") return { kind: "erased", registrationId, violations: [erasedId] };
    if (!isKnown(state)) throw new TypeError("A completed registration has no state.");
    const violations = events.length > 0 ? [] : differences(state.completed, content);
    if (violations.length > 0) return { kind: "conflict", registrationId, violations };
    return {
      kind: "accepted",
      registrationId,
      duplicate: events.length === 0,
      acceptedAt: new Date(state.completed.acceptedAt),
      position,
    };
  };
