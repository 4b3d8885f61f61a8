import { actors } from "@touchline/contracts";
import { type Cause, type EventStore, type Known, transact } from "@touchline/event-store";
import { differences } from "../registration/compare.ts";
import { complete, type Fees } from "../registration/decide.ts";
import { isKnown, type RegistrationState, registrationAggregate } from "../registration/state.ts";
import { type Content, type Intake, validate } from "../registration/validate.ts";
import type { FieldViolation } from "../registration/violations.ts";

export interface IntakeDependencies {
  readonly store: EventStore;
  readonly fees: Fees;
  /** Whether the fees are play money. */
  readonly testFees: boolean;
  /** Absent if one child may register again and again, as in a test set-up. */
  readonly besideSameChild?: BesideSameChild | undefined;
  /** Whether the club sends e-mail. If not, addresses have no use and are not stored. */
  readonly keepsEmail: boolean;
  readonly now: () => Date;
}

/** Accepts a registration, given another one of the same child if there is one. */
export type BesideSameChild = <T>(
  registrationId: string,
  content: Content,
  take: (possibleDuplicateOf: string | undefined) => Promise<T>,
) => Promise<T>;

/** The cause of the intake: a message id and a well-formed trace context, if there are any. */
interface IntakeCause {
  readonly id?: string;
  /** Who submits it; the chat gateway by default. */
  readonly actor?: string;
  readonly traceparent?: string | undefined;
  /** Fields of the wrong type. They are absent from the request, but "wrong type" says more than "missing". */
  readonly unreadable?: readonly FieldViolation[];
}

export type IntakeOutcome =
  | {
      readonly kind: "accepted";
      readonly registrationId: string;
      /** The same content was accepted before; nothing happened now. */
      readonly duplicate: boolean;
      /** It may duplicate another registration, and waits for somebody to decide. */
      readonly held: boolean;
      readonly acceptedAt: Date;
      /** `$all` position of the new event. */
      readonly position?: bigint | undefined;
    }
  | { readonly kind: "invalid"; readonly violations: readonly FieldViolation[] }
  /** The id was used with other content; `violations` names the fields that differ. */
  | { readonly kind: "conflict"; readonly registrationId: string; readonly violations: readonly FieldViolation[] }
  /** The registration with this id was erased, and the id cannot be used again. */
  | { readonly kind: "erased"; readonly registrationId: string; readonly violations: readonly FieldViolation[] };

/** Nearly every registration is new, so its stream is read only if the store says that it exists. */
const nothingYet: Known<RegistrationState> = { state: registrationAggregate.initial, revision: -1n };

/** A late repeat must not restore an erased registration, nor count as its duplicate. */
const erasedId: FieldViolation = {
  field: "registrationId",
  code: "erased",
  message: "This registration was erased. A new one needs an id of its own.",
};

const withoutEmail = (content: Content): Content => {
  const { email: _, ...parent } = content.parent;
  return { ...content, parent };
};

const covers = (violations: readonly FieldViolation[], field: string): boolean =>
  violations.some((f) => field === f.field || field.startsWith(`${f.field}.`));

export type TakeIn = (input: Intake, cause?: IntakeCause) => Promise<IntakeOutcome>;

/** Accepts one registration, over gRPC or NATS. Resolves when it is durable; throws `Fault` if it could not be stored. */
export const createTakeIn =
  ({
    store,
    fees,
    testFees,
    keepsEmail,
    besideSameChild = (_id, _content, take) => take(undefined),
    now,
  }: IntakeDependencies): TakeIn =>
  async (input, cause = {}) => {
    const validated = validate(input, testFees);
    const { unreadable = [] } = cause;
    if (!validated.ok || unreadable.length > 0) {
      const others = validated.ok ? [] : validated.violations.filter(({ field }) => !covers(unreadable, field));
      return { kind: "invalid", violations: [...unreadable, ...others] };
    }
    const { registrationId } = validated;
    const content = keepsEmail ? validated.content : withoutEmail(validated.content);
    const about: Cause = {
      service: "registration",
      correlationId: registrationId,
      actor: cause.actor ?? actors.gateway,
      id: cause.id,
      traceparent: cause.traceparent,
      // A redelivered message must find the first one's event and not mistake it for its own.
      claim: true,
    };
    const { state, events, position } = await besideSameChild(registrationId, content, (possibleDuplicateOf) => {
      const decide = complete(registrationId, content, fees, now(), possibleDuplicateOf);
      return transact(store, registrationAggregate, registrationId, decide, about, nothingYet);
    });
    if (state.status === "erased") return { kind: "erased", registrationId, violations: [erasedId] };
    if (!isKnown(state)) throw new TypeError("A completed registration has no state.");
    const violations = events.length > 0 ? [] : differences(state.completed, content);
    if (violations.length > 0) return { kind: "conflict", registrationId, violations };
    return {
      kind: "accepted",
      registrationId,
      duplicate: events.length === 0,
      held: state.held,
      acceptedAt: new Date(state.completed.acceptedAt),
      position,
    };
  };
