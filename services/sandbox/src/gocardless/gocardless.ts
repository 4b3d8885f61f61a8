import type { Account } from "./account.ts";
import { cancelBillingRequest } from "./billing-requests.ts";
import {
  cancelChargeBack,
  cancelPayment,
  chargeBack,
  failAndRetry,
  failPayment,
  movePayment,
  proceedPayment,
} from "./collecting.ts";
import { removeCustomer } from "./customers.ts";
import { isRefusal, type Refusal } from "./errors.ts";
import { complete, fulfil } from "./fulfilment.ts";
import {
  cancelMandate,
  expireMandate,
  failMandate,
  proceedMandate,
  reinstateMandate,
  replaceMandate,
  transferMandate,
} from "./mandates.ts";
import type { Refund } from "./money-resources.ts";
import type { PaymentEnd } from "./path.ts";
import { pauseSubscription, resumeSubscription } from "./pausing.ts";
import { proceedPayout } from "./payouts.ts";
import { advanceRefund, createRefund, failRefund, proceedRefund } from "./refunds.ts";
import type { Payment } from "./resources.ts";
import { collectNext } from "./subscriptions.ts";

const done = <T extends object>(result: T | Refusal): T => {
  if (isRefusal(result)) throw new Error(result.errors[0]?.message ?? result.message);
  return result;
};

const found = <T>(row: T | undefined, id: string): T => {
  if (row === undefined) throw new Error(`There is no ${id}.`);
  return row;
};

const leftOf = ({ amount, amount_refunded }: Payment): number => amount - amount_refunded;

const refundByHand = (account: Account, { id, amount_refunded }: Payment, amount: number): Refund | Refusal =>
  createRefund(account, { amount, total_amount_confirmation: amount_refunded + amount, links: { payment: id } });

/** What payers and banks do, on demand. Each throws if the resource's state does not allow it. */
export const hands = (account: Account) => {
  const payment = (id: string) => found(account.payments.get(id), id);
  const mandate = (id: string) => found(account.mandates.get(id), id);
  const subscription = (id: string) => found(account.subscriptions.get(id), id);
  const request = (id: string) => found(account.billingRequests.get(id), id);
  return {
    /** The payer pays without visiting the page. */
    pay: (billingRequest: string, end?: PaymentEnd) => {
      const asked = request(billingRequest);
      if (asked.status !== "pending") throw new Error(`The billing request is ${asked.status}.`);
      return fulfil(account, complete(account, asked, end));
    },
    /** The payer pays by Direct Debit, since their bank cannot be asked. */
    payByFallback: (billingRequest: string, end?: PaymentEnd) => {
      const asked = request(billingRequest);
      if (asked.status !== "pending" || !asked.fallback_enabled || asked.payment_request === null) {
        throw new Error("The billing request does not allow a fallback.");
      }
      return fulfil(account, complete(account, asked, end, "fallback"));
    },
    cancelBillingRequest: (id: string) => done(cancelBillingRequest(account, request(id))),
    failPayment: (id: string) => done(failPayment(account, payment(id))),
    /** The club cancels it in the dashboard before submission. */
    cancelPayment: (id: string) => done(cancelPayment(account, payment(id))),
    failAndRetry: (id: string) => done(failAndRetry(account, payment(id))),
    chargeBack: (id: string) => done(chargeBack(account, payment(id))),
    cancelChargeBack: (id: string) => done(cancelChargeBack(account, payment(id))),
    /** Moves the payment to its next automatic status now. */
    advancePayment: (id: string) => {
      const [next] = payment(id).path;
      if (next === undefined) throw new Error("The payment has reached its last status.");
      return movePayment(account, payment(id), next);
    },
    /** A refund made in the dashboard, of all that is left of the payment or of a part. */
    refundPayment: (id: string, amountPence = leftOf(payment(id))) =>
      done(refundByHand(account, payment(id), amountPence)),
    refundHalf: (id: string) => done(refundByHand(account, payment(id), Math.ceil(leftOf(payment(id)) / 2))),
    advanceRefund: (id: string) => advanceRefund(account, found(account.refunds.get(id), id)),
    failRefund: (id: string) => done(failRefund(account, found(account.refunds.get(id), id))),
    removeCustomer: (id: string) => done(removeCustomer(account, found(account.customers.get(id), id))),
    expireMandate: (id: string) => done(expireMandate(account, mandate(id))),
    transferMandate: (id: string) => done(transferMandate(account, mandate(id))),
    replaceMandate: (id: string) => done(replaceMandate(account, mandate(id))),
    reinstateMandate: (id: string) => done(reinstateMandate(account, mandate(id))),
    failMandate: (id: string) => done(failMandate(account, mandate(id))),
    /** The payer cancels at the bank. */
    cancelMandate: (id: string) => done(cancelMandate(account, mandate(id), "payer")),
    /** Collects a subscription's next payment now. */
    collectNext: (id: string) => done(collectNext(account, subscription(id))),
    pauseSubscription: (id: string) => done(pauseSubscription(account, subscription(id))),
    resumeSubscription: (id: string) => done(resumeSubscription(account, subscription(id))),
    /** Sends events again, in new webhooks. */
    tellAgain: (eventIds: readonly string[]) =>
      account.webhooks.again(eventIds.map((id) => found(account.events.get(id), id))),
  };
};

export type Hands = ReturnType<typeof hands>;

/** Resumes work that was under way when the sandbox was stopped. */
export const resume = (account: Account): void => {
  for (const payment of account.payments) proceedPayment(account, payment);
  for (const mandate of account.mandates) proceedMandate(account, mandate);
  for (const refund of account.refunds) proceedRefund(account, refund);
  for (const payout of account.payouts) proceedPayout(account, payout);
  account.webhooks.resume();
};
