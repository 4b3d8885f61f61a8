import type { Account } from "./account.ts";
import { cancelBillingRequest } from "./billing-requests.ts";
import {
  cancelChargeBack,
  cancelMandate,
  chargeBack,
  failMandate,
  failPayment,
  movePayment,
  proceedMandate,
  proceedPayment,
} from "./collecting.ts";
import { isRefusal, type Refusal } from "./errors.ts";
import { fulfil } from "./fulfilment.ts";
import type { PaymentEnd } from "./path.ts";
import { collectNext } from "./subscriptions.ts";

const done = <T extends object>(result: T | Refusal): T => {
  if (isRefusal(result)) throw new Error(result.errors[0]?.message ?? result.message);
  return result;
};

const found = <T>(row: T | undefined, id: string): T => {
  if (row === undefined) throw new Error(`There is no ${id}.`);
  return row;
};

/** What payers and banks do, on demand. Each throws when the resource is not in a state for it. */
export const hands = (account: Account) => {
  const payment = (id: string) => found(account.payments.get(id), id);
  const mandate = (id: string) => found(account.mandates.get(id), id);
  const request = (id: string) => found(account.billingRequests.get(id), id);
  return {
    /** The payer pays, without a visit to the page. */
    pay: (billingRequest: string, end?: PaymentEnd) => {
      const asked = request(billingRequest);
      if (asked.status !== "pending") throw new Error(`Billing request is ${asked.status}`);
      return fulfil(account, asked, end);
    },
    cancelBillingRequest: (id: string) => done(cancelBillingRequest(account, request(id))),
    failPayment: (id: string) => done(failPayment(account, payment(id))),
    chargeBack: (id: string) => done(chargeBack(account, payment(id))),
    cancelChargeBack: (id: string) => done(cancelChargeBack(account, payment(id))),
    /** The payment's next status by itself, now. */
    advancePayment: (id: string) => {
      const [next] = payment(id).path;
      if (next === undefined) throw new Error("The payment has come to its end.");
      return movePayment(account, payment(id), next);
    },
    failMandate: (id: string) => done(failMandate(account, mandate(id))),
    /** The payer cancels at the bank. */
    cancelMandate: (id: string) => done(cancelMandate(account, mandate(id), "payer")),
    /** Collects a subscription's next payment now. */
    collectNext: (id: string) => done(collectNext(account, found(account.subscriptions.get(id), id))),
    /** Sends events again, in new webhooks. */
    tellAgain: (eventIds: readonly string[]) =>
      account.webhooks.again(eventIds.map((id) => found(account.events.get(id), id))),
  };
};

export type Hands = ReturnType<typeof hands>;

/** Takes up what was under way when the sandbox was stopped. */
export const resume = (account: Account): void => {
  for (const payment of account.payments) proceedPayment(account, payment);
  for (const mandate of account.mandates) proceedMandate(account, mandate);
  account.webhooks.resume();
};
