import type { Account } from "./account.ts";
import { invalidState, type Refusal, usage, validationFailed } from "./errors.ts";
import type { Refund, RefundStatus } from "./money-resources.ts";
import { enter } from "./payouts.ts";
import { refundShape } from "./requests.ts";
import { type Metadata, newId, type Payment } from "./resources.ts";
import { fault } from "./shape.ts";

/** GoCardless's limit for one payment. */
const REFUNDS_MAX = 25;

type Body = {
  readonly amount: number;
  readonly total_amount_confirmation?: number;
  readonly reference?: string;
  readonly metadata?: Metadata;
  readonly links: { readonly payment: string };
};

const why = (account: Account, payment: Payment, body: Body): Refusal | undefined => {
  if (!["confirmed", "paid_out"].includes(payment.status)) {
    return invalidState("refund_payment_invalid_state", `The payment is ${payment.status}`);
  }
  if (account.refunds.all().filter((refund) => refund.links.payment === payment.id).length >= REFUNDS_MAX) {
    return invalidState("number_of_refunds_exceeded", `A payment can be refunded ${REFUNDS_MAX} times`);
  }
  const total = payment.amount_refunded + body.amount;
  if (body.total_amount_confirmation !== total) {
    return invalidState("total_amount_confirmation_invalid", `The total amount refunded would be ${total}`);
  }
  return total > payment.amount
    ? validationFailed([fault("/refunds/amount", "exceeds what is left of the payment")])
    : undefined;
};

export const createRefund = (account: Account, given: unknown): Refund | Refusal => {
  const errors = refundShape(given, "/refunds");
  if (errors.length > 0) return validationFailed(errors);
  const body = given as Body;
  const payment = account.payments.get(body.links.payment);
  if (payment === undefined) return usage(422, "link_not_found", "Payment not found");
  const refused = why(account, payment, body);
  if (refused) return refused;
  account.payments.put({ ...payment, amount_refunded: payment.amount_refunded + body.amount });
  const mandate = payment.links.mandate === undefined ? {} : { mandate: payment.links.mandate };
  const refund = account.refunds.put({
    id: newId("RF"),
    created_at: account.now().toISOString(),
    amount: body.amount,
    currency: payment.currency,
    reference: body.reference ?? null,
    status: "created",
    metadata: body.metadata ?? {},
    links: { payment: payment.id, ...mandate },
    path: ["pending_submission", "submitted", "paid"],
  });
  enter(account, "payment_refunded", -body.amount * 10, { payment: payment.id, ...mandate, refund: refund.id });
  account.record("refunds", "created", { refund: refund.id }, refund.metadata);
  proceedRefund(account, refund);
  return refund;
};

export const proceedRefund = (account: Account, refund: Refund): void => {
  const waitMs = account.lifecycle.refundStepMs;
  if (refund.path.length === 0 || waitMs === null) return;
  account.scheduler.after(waitMs, () => {
    const current = account.refunds.get(refund.id);
    // It failed meanwhile.
    if (current?.status === refund.status) proceedRefund(account, advanceRefund(account, current));
  });
};

/** The refund's next status. Only its last step is announced. */
export const advanceRefund = (account: Account, refund: Refund): Refund => {
  const [status, ...path] = refund.path;
  if (status === undefined) return refund;
  const moved = account.refunds.put({ ...refund, status, path });
  if (status === "paid") account.record("refunds", "paid", { refund: refund.id }, refund.metadata);
  return moved;
};

const over: readonly RefundStatus[] = ["cancelled", "bounced", "funds_returned"];

/** The payer's bank does not take it: the money comes back in a payout, and can be given back again. */
export const failRefund = (account: Account, refund: Refund): Refund | Refusal => {
  const payment = account.payments.get(refund.links.payment);
  if (over.includes(refund.status) || payment === undefined) {
    return invalidState("refund_not_failable", `Refund is ${refund.status}`);
  }
  const failed = account.refunds.put({ ...refund, status: "bounced", path: [] });
  account.payments.put({ ...payment, amount_refunded: payment.amount_refunded - refund.amount });
  enter(account, "refund_funds_returned", refund.amount * 10, { ...refund.links, refund: refund.id });
  account.record("refunds", "failed", { refund: refund.id }, refund.metadata);
  return failed;
};
