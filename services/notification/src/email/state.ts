import type { EmailEvent } from "@touchline/contracts";

export type RequestedEmail = Extract<EmailEvent, { type: "EmailRequested" }>["data"];

export interface Email extends RequestedEmail {
  readonly status: "ready" | "attempting" | "sent" | "refused" | "unknown" | "withdrawn";
  readonly attempts: number;
  /** Of the last attempt. */
  readonly startedAt?: string;
  readonly retryAt?: string;
}

export type EmailState =
  | { readonly status: "absent" }
  /** Erased with its registration, perhaps before it was requested. */
  | { readonly status: "erased" }
  | Email;

export const isEmail = (state: EmailState): state is Email => state.status !== "absent" && state.status !== "erased";

/** How the stream `email-{emailId}` folds. A recorded outcome is final: SMTP reports nothing later. */
export const emailAggregate = {
  category: "email",
  initial: { status: "absent" } as EmailState,
  evolve: (state: EmailState, event: EmailEvent): EmailState => {
    if (event.type === "EmailErased" || state.status === "erased") return { status: "erased" };
    if (event.type === "EmailRequested") {
      return isEmail(state) ? state : { ...event.data, status: "ready", attempts: 0 };
    }
    return isEmail(state) ? changed(state, event) : state;
  },
  correlationOf: (state: EmailState) => (isEmail(state) ? state.registrationId : undefined),
} as const;

const changed = (email: Email, event: EmailEvent): Email => {
  switch (event.type) {
    case "EmailAttemptStarted":
      return { ...email, status: "attempting", attempts: event.data.attempt, startedAt: event.data.startedAt };
    case "EmailSent":
      return { ...email, status: "sent" };
    case "EmailDeferred":
      return { ...email, status: "ready", retryAt: event.data.retryAt };
    case "EmailRefused":
      return { ...email, status: "refused" };
    case "EmailOutcomeUnknown":
      return { ...email, status: "unknown" };
    case "EmailWithdrawn":
      return { ...email, status: "withdrawn" };
    default:
      return email;
  }
};
