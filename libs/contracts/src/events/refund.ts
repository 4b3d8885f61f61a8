import { Type } from "typebox";
import { Instant } from "./define.ts";
import { definePayment as define, ofLink, paymentId, reported } from "./payment-shapes.ts";

const refundId = () => Type.String({ description: "RF…" });
/** Identifies one request for a refund; a repeat has the same id. */
const refundRequestId = () =>
  Type.String({ pattern: "^[A-Za-z0-9-]{1,64}$", description: "identifies the request; a repeat has the same id" });

/** In payment streams: refunds. */
export const refundEvents = [
  define(
    "RefundRequested",
    "The club wants to refund money. GoCardless is asked next.",
    ofLink({
      refundRequestId: refundRequestId(),
      paymentId: paymentId(),
      amountPence: Type.Integer({ minimum: 1, description: "pence" }),
      totalPence: Type.Integer({
        minimum: 1,
        description: "the total refunded from the payment, with this refund",
      }),
      requestedAt: Instant(),
    }),
  ),
  define(
    "RefundRefused",
    "The refund cannot be made: too little is left to refund, or GoCardless refused it for good.",
    ofLink({
      refundRequestId: refundRequestId(),
      code: Type.String({ description: "`more_than_refundable`, or GoCardless's reason" }),
      reason: Type.String({ description: "a message without values" }),
      refusedAt: Instant(),
    }),
  ),
  define(
    "RefundCreated",
    "A refund is on its way. We asked for it, or somebody did on GoCardless's site.",
    reported({
      refundId: refundId(),
      paymentId: Type.Optional(paymentId()),
      amountPence: Type.Optional(
        Type.Integer({ minimum: 1, description: "pence; webhooks leave it out, so we ask GoCardless" }),
      ),
      refundRequestId: Type.Optional(refundRequestId()),
    }),
  ),
  define("RefundPaid", "The payer has the refund.", reported({ refundId: refundId() })),
  define(
    "RefundReturned",
    "The refund did not reach the payer, or came back: the club has the money.",
    reported({ refundId: refundId() }),
  ),
] as const;
