import type { PaymentDecision } from "./decide.ts";
import { openRequest } from "./status.ts";

/**
 * Records that we are about to cancel a billing request, since the answer may be lost: without this, the cancellation would look as if
 * somebody at GoCardless had made it. No events if it is recorded already, or the request is no longer open.
 */
export const startCancelling =
  (requestId: string, now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none") return [];
    const open = openRequest(state);
    if (open?.id !== requestId || open.cancelling) return [];
    const started = { billingRequestId: state.id, requestId, startedAt: now.toISOString() };
    return [{ type: "PaymentTokenCancellationStarted", data: started }];
  };
