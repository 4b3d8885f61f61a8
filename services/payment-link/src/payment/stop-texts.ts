import type { PaymentDecision } from "./decide.ts";

/** Pressing the button again within this time is a repeat. Later it may be a new request, since the club can turn texts on again. */
const SAME_WISH_MS = 60_000;

/** Records that the parent wants no more texts about the registration. */
export const stopTexts =
  (now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.erased) return [];
    const { id: billingRequestId, registrationId, textsStoppedAt } = state;
    const sinceMs = textsStoppedAt === undefined ? Infinity : Math.abs(now.getTime() - Date.parse(textsStoppedAt));
    if (sinceMs < SAME_WISH_MS) return [];
    return [{ type: "TextsStopped", data: { billingRequestId, registrationId, stoppedAt: now.toISOString() } }];
  };
