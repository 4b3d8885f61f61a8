import type { PaymentDecision } from "./decide.ts";

/** Pressing the button again within this is the same wish. Later it may be another one: the club can have texts go again. */
const SAME_WISH_MS = 60_000;

/** The parent wants no more texts about the link's registration. */
export const stopTexts =
  (now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.erased) return [];
    const { id: billingRequestId, registrationId, textsStoppedAt } = state;
    const sinceMs = textsStoppedAt === undefined ? Infinity : Math.abs(now.getTime() - Date.parse(textsStoppedAt));
    if (sinceMs < SAME_WISH_MS) return [];
    return [{ type: "TextsStopped", data: { billingRequestId, registrationId, stoppedAt: now.toISOString() } }];
  };
