import { CORRECTIONS_MAX, RESEND_INTERVAL_MS, RESENDS_MAX, type RegistrationEvent } from "@touchline/contracts";
import { isKnown, type RegistrationState } from "./state.ts";
import type { Content } from "./validate.ts";

export interface Fees {
  readonly signingFeePence: number;
  readonly monthlyFeePence: number;
}

/**
 * Accepts a registration. No events if the id was used, with the same content or other content (see `differences`). It is held
 * if it may duplicate another.
 */
export const complete =
  (registrationId: string, content: Content, defaults: Fees, now: Date, possibleDuplicateOf?: string) =>
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
          ...(possibleDuplicateOf !== undefined && { possibleDuplicateOf }),
          acceptedAt: now.toISOString(),
        },
      },
    ];
  };

/** Replaces the parent's number, E.164. */
export const correctPhone =
  (registrationId: string, parentPhone: string, now: Date) =>
  (state: RegistrationState): Decided<CorrectionResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "registration_cancelled" });
    if (state.parentPhone === parentPhone) return nothing({ kind: "unchanged" });
    if (state.corrections >= CORRECTIONS_MAX) return nothing({ kind: "too_many_corrections" });
    const data = { registrationId, parentPhone, count: state.corrections + 1, correctedAt: now.toISOString() };
    return { events: [{ type: "ParentPhoneCorrected", data }], result: { kind: "corrected" } };
  };

/** Cancels the registration: no more texts, and the link says so. */
export const cancel =
  (registrationId: string, reason: string, now: Date) =>
  (state: RegistrationState): Decided<CancelResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "cancelled_before" });
    const data = { registrationId, reason, cancelledAt: now.toISOString() };
    return { events: [{ type: "RegistrationCancelled", data }], result: { kind: "cancelled" } };
  };

/** Forgets the family. */
export const erase =
  (registrationId: string, billingRequestId: string | undefined, now: Date) =>
  (state: RegistrationState): Decided<EraseResult> => {
    if (state.status === "none") return nothing({ kind: "not_found" });
    if (state.status === "erased") return nothing({ kind: "erased_before" });
    const { team, ageGroup, season } = { ...state.completed, ...state.amended };
    const data = {
      registrationId,
      ...(billingRequestId && { billingRequestId }),
      resends: state.resends,
      corrections: state.corrections,
      team,
      ageGroup,
      season,
      erasedAt: now.toISOString(),
    };
    return { events: [{ type: "RegistrationErased", data }], result: { kind: "erased" } };
  };

/** Asks for the link to be texted once more. */
export const resend =
  (registrationId: string, now: Date) =>
  (state: RegistrationState): Decided<ResendResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "registration_cancelled" });
    if (state.resends >= RESENDS_MAX) return nothing({ kind: "too_many_resends" });
    const sinceMs = state.lastResendAt === undefined ? Infinity : now.getTime() - Date.parse(state.lastResendAt);
    if (sinceMs < RESEND_INTERVAL_MS) return nothing({ kind: "too_soon", retryAfterMs: RESEND_INTERVAL_MS - sinceMs });
    const resends = state.resends + 1;
    const data = { registrationId, count: resends, requestedAt: now.toISOString() };
    return { events: [{ type: "PaymentLinkResendRequested", data }], result: { kind: "resent", resends } };
  };

/** Asks for a refund. Payment-link knows whether that much is left to refund. */
export const refund =
  (registrationId: string, { refundRequestId, amountPence }: RefundWish, now: Date) =>
  (state: RegistrationState): Decided<RefundResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    const before = Object.hasOwn(state.refunds, refundRequestId) ? state.refunds[refundRequestId] : undefined;
    if (before !== undefined) return nothing({ kind: before === amountPence ? "refunding" : "refund_differs" });
    const data = { registrationId, refundRequestId, amountPence, requestedAt: now.toISOString() };
    return { events: [{ type: "RegistrationRefundRequested", data }], result: { kind: "refund_requested" } };
  };

export interface RefundWish {
  /** Chosen by the caller, so that a repeat is safe. */
  readonly refundRequestId: string;
  readonly amountPence: number;
}

export interface Decided<R> {
  readonly events: readonly RegistrationEvent[];
  readonly result: R;
}

/** One member for each kind, so that a test of `kind` narrows the union. */
export type OfKind<K extends string> = K extends string ? { readonly kind: K } : never;

/** An erased registration is `not_found`, as if it had never existed. */
export type CorrectionResult = OfKind<
  "corrected" | "unchanged" | "not_found" | "registration_cancelled" | "too_many_corrections"
>;
export type CancelResult = OfKind<"cancelled" | "cancelled_before" | "not_found">;
export type EraseResult = OfKind<"erased" | "erased_before" | "not_found">;
export type ResendResult =
  | OfKind<"not_found" | "registration_cancelled" | "too_many_resends">
  | { readonly kind: "resent"; readonly resends: number }
  | { readonly kind: "too_soon"; readonly retryAfterMs: number };

/** `refunding`: this refund was already asked for. */
export type RefundResult = OfKind<"refund_requested" | "refunding" | "refund_differs" | "not_found">;

export const nothing = <R>(result: R): Decided<R> => ({ events: [], result });
