import { Type } from "typebox";
import { Instant } from "./define.ts";
import { definePayment as define, ofLink, paymentId, reported } from "./payment-shapes.ts";

const refundId = () => Type.String({ description: "RF…" });
/** Of one wish to refund; a repeat of it has the same. */
const refundRequestId = () => Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "of the wish to refund" });

/** Of payment streams: money that is given back. */
export const refundEvents = [
  define(
    "RefundRequested",
    "The club wants to give money back; GoCardless is asked right after.",
    ofLink({
      refundRequestId: refundRequestId(),
      paymentId: paymentId(),
      amountPence: Type.Integer({ minimum: 1, description: "pence" }),
      totalPence: Type.Integer({ minimum: 1, description: "all that will then have been given back of the payment" }),
      requestedAt: Instant(),
    }),
  ),
  define(
    "RefundRefused",
    "The refund cannot be made: there is not so much to give back, or GoCardless refused it for good.",
    ofLink({
      refundRequestId: refundRequestId(),
      code: Type.String({ description: "`more_than_refundable`, or GoCardless's reason" }),
      reason: Type.String({ description: "words without values" }),
      refusedAt: Instant(),
    }),
  ),
  define(
    "RefundCreated",
    "Money is on its way back, by our request or by somebody's hand at GoCardless.",
    reported({
      refundId: refundId(),
      paymentId: Type.Optional(paymentId()),
      amountPence: Type.Optional(
        Type.Integer({ minimum: 1, description: "pence; webhooks leave it out, so GoCardless is asked" }),
      ),
      refundRequestId: Type.Optional(refundRequestId()),
    }),
  ),
  define("RefundPaid", "The payer has the refund.", reported({ refundId: refundId() })),
  define(
    "RefundReturned",
    "The refund did not reach the payer, or came back: the club keeps the money.",
    reported({ refundId: refundId() }),
  ),
] as const;
