import type { RegistrationEvent } from "@touchline/contracts";

type Completed = Extract<RegistrationEvent, { type: "RegistrationCompleted" }>["data"];

/** What decisions know of one registration. */
export type RegistrationState = { readonly status: "none" } | { readonly status: "erased" } | Known;

export interface Known {
  readonly status: "active" | "cancelled";
  /** As the gateway handed it in, whatever was corrected since: repeats are compared with it. */
  readonly completed: Completed;
  /** The number that counts now, E.164. */
  readonly parentPhone: string;
  readonly corrections: number;
  readonly resends: number;
  readonly lastResendAt?: string;
}

export const isKnown = (state: RegistrationState): state is Known =>
  state.status === "active" || state.status === "cancelled";

/** How the stream `registration-{registrationId}` folds. */
export const registrationAggregate = {
  category: "registration",
  initial: { status: "none" } as RegistrationState,
  evolve: (state: RegistrationState, event: RegistrationEvent): RegistrationState => evolve(state, event),
};

const evolve = (state: RegistrationState, event: RegistrationEvent): RegistrationState => {
  // What was before may not be in the stream any more.
  if (event.type === "RegistrationErased") return { status: "erased" };
  if (event.type === "RegistrationCompleted") {
    // Only the first one counts.
    return state.status === "none" ? begin(event.data) : state;
  }
  if (!isKnown(state)) return state;
  switch (event.type) {
    case "ParentPhoneCorrected":
      return { ...state, parentPhone: event.data.parentPhone, corrections: event.data.count };
    case "PaymentLinkResendRequested":
      return { ...state, resends: event.data.count, lastResendAt: event.data.requestedAt };
    case "RegistrationCancelled":
      return { ...state, status: "cancelled" };
    default:
      // Of another service, or of a later version.
      return state;
  }
};

const begin = (completed: Completed): Known => ({
  status: "active",
  completed,
  parentPhone: completed.parentPhone,
  corrections: 0,
  resends: 0,
});
