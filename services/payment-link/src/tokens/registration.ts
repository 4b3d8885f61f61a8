import type { RegistrationEvent } from "@touchline/contracts";

/** What this service has to know about a registration, apart from its content. */
export interface RegistrationState {
  /** Cancelled or erased. */
  readonly cancelled: boolean;
  readonly erased: boolean;
  /** Possibly a duplicate and not released, so it gets no link. */
  readonly held: boolean;
  /** The last agreed fee and day, if not as submitted. */
  readonly terms?: Extract<RegistrationEvent, { type: "MonthlyTermsAmended" }>["data"];
  /** The last refusal of a payment token, so that it is recorded once. */
  readonly refusal?: string;
}

/** Streams `registration-{registrationId}`. The registration service owns them; we only record refused tokens there. */
export const registrationAggregate = {
  category: "registration",
  initial: { cancelled: false, erased: false, held: false } as RegistrationState,
  evolve: (state: RegistrationState, event: RegistrationEvent): RegistrationState => {
    if (event.type === "RegistrationCompleted") return { ...state, held: event.data.possibleDuplicateOf !== undefined };
    if (event.type === "RegistrationReleased") return { ...state, held: false };
    if (event.type === "RegistrationCancelled") return { ...state, cancelled: true };
    if (event.type === "RegistrationErased") return { ...state, cancelled: true, erased: true };
    if (event.type === "MonthlyTermsAmended") return { ...state, terms: event.data };
    if (event.type === "PaymentTokenRefused") return { ...state, refusal: `${event.data.code} ${event.data.reason}` };
    return state;
  },
} as const;

export const refuseToken =
  (refusal: { registrationId: string; code: string; reason: string }, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    state.cancelled || state.refusal === `${refusal.code} ${refusal.reason}`
      ? []
      : [{ type: "PaymentTokenRefused", data: { ...refusal, refusedAt: now.toISOString() } }];
