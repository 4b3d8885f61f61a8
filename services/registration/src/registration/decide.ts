import type { RegistrationEvent } from "@touchline/contracts";
import { isKnown, type RegistrationState } from "./state.ts";
import type { Content } from "./validate.ts";

export interface Fees {
  readonly signingFeePence: number;
  readonly monthlyFeePence: number;
}

/** Takes a registration in. No events: the id is taken, by this content or by another (see `differences`). */
export const complete =
  (registrationId: string, content: Content, defaults: Fees, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] => {
    if (state.status !== "none") return [];
    const fees = ["signingFeePence", "monthlyFeePence"] as const;
    return [
      {
        type: "RegistrationCompleted",
        data: {
          registrationId,
          ...content,
          signingFeePence: content.signingFeePence ?? defaults.signingFeePence,
          monthlyFeePence: content.monthlyFeePence ?? defaults.monthlyFeePence,
          defaultedFees: fees.filter((fee) => content[fee] === undefined),
          acceptedAt: now.toISOString(),
        },
      },
    ];
  };

/** Replaces the parent's number. No events: it stands already, or there is nothing to correct. */
export const correctPhone =
  (registrationId: string, parentPhone: string, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    state.status === "active" && state.parentPhone !== parentPhone && state.corrections < CORRECTIONS_MAX
      ? [
          {
            type: "ParentPhoneCorrected",
            data: { registrationId, parentPhone, count: state.corrections + 1, correctedAt: now.toISOString() },
          },
        ]
      : [];

/** Calls the registration off. No events: it is off already, or there is none. */
export const cancel =
  (registrationId: string, reason: string, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    state.status === "active"
      ? [{ type: "RegistrationCancelled", data: { registrationId, reason, cancelledAt: now.toISOString() } }]
      : [];

/** Forgets the family. No events: it was erased before, or there is none. */
export const erase =
  (registrationId: string, billingRequestId: string | undefined, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    isKnown(state)
      ? [
          {
            type: "RegistrationErased",
            data: {
              registrationId,
              ...(billingRequestId && { billingRequestId }),
              resends: state.resends,
              corrections: state.corrections,
              erasedAt: now.toISOString(),
            },
          },
        ]
      : [];

/** Asks for one more text. No events: see `resendRefusal`. */
export const resend =
  (registrationId: string, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    !isKnown(state) || resendRefusal(state, now)
      ? []
      : [
          {
            type: "PaymentLinkResendRequested",
            data: { registrationId, count: state.resends + 1, requestedAt: now.toISOString() },
          },
        ];

export type ResendRefusal =
  | { readonly why: "unknown" | "cancelled" | "too_many" }
  | { readonly why: "too_soon"; readonly retryAfterMs: number };

export const RESENDS_MAX = 5;
export const RESEND_INTERVAL_MS = 60_000;
/** A text goes out for each: more than this is no slip of the finger. */
export const CORRECTIONS_MAX = 20;

/** Why the link may not be texted again now; undefined when it may. */
export const resendRefusal = (state: RegistrationState, now: Date): ResendRefusal | undefined => {
  if (!isKnown(state)) return { why: "unknown" };
  if (state.status === "cancelled") return { why: "cancelled" };
  if (state.resends >= RESENDS_MAX) return { why: "too_many" };
  const since = state.lastResendAt === undefined ? Infinity : now.getTime() - Date.parse(state.lastResendAt);
  return since < RESEND_INTERVAL_MS ? { why: "too_soon", retryAfterMs: RESEND_INTERVAL_MS - since } : undefined;
};
