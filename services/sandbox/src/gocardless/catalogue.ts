import type { Answer } from "../stand-in/answer.ts";
import type { Account } from "./account.ts";
import { updateSubscription } from "./amending.ts";
import { showBillingRequest } from "./billing-request-view.ts";
import { cancelBillingRequest, createBillingRequest, fallBack, notifyPayer } from "./billing-requests.ts";
import { addDays, earliestCharge, toDay } from "./calendar.ts";
import { cancelPayment, retryPayment } from "./collecting.ts";
import { createCustomer, removeCustomer, visible } from "./customers.ts";
import { notFound, type Refusal, usage, validationFailed } from "./errors.ts";
import * as filters from "./filters.ts";
import { fulfilReady } from "./fulfilment.ts";
import { cancelMandate, cancelSubscription, reinstateMandate } from "./mandates.ts";
import type { Customer, Payout, PayoutItem, Refund } from "./money-resources.ts";
import { list, type Offer, type Row } from "./offers.ts";
import type { Query } from "./paging.ts";
import { pauseSubscription, resumeSubscription, showSubscription } from "./pausing.ts";
import { createRefund } from "./refunds.ts";
import { customerShape, metadataShape, notifyShape, pauseShape, paymentUpdateShape, retryShape } from "./requests.ts";
import {
  type BillingRequest,
  type Event,
  hidePath,
  type Mandate,
  type Payment,
  type Subscription,
} from "./resources.ts";
import { fault } from "./shape.ts";
import { createPayment, createSubscription } from "./subscriptions.ts";
import { updating } from "./updating.ts";

/** Everything that the API serves in the same way: how it is listed, shown, created, changed and acted on. */

const showMandate = (account: Account) => (mandate: Mandate) => ({
  ...hidePath(mandate),
  next_possible_charge_date: mandate.next_possible_charge_date === null ? null : earliestCharge(mandate, account.now()),
});

export const offerAll = (account: Account, offer: <T extends Row>(one: Offer<T>) => void): void => {
  offer<BillingRequest>({
    name: "billing_requests",
    rows: account.billingRequests,
    show: showBillingRequest,
    filters: filters.billingRequestFilters,
    create: (content) => createBillingRequest(account, content),
    actions: {
      cancel: { run: (row) => cancelBillingRequest(account, row) },
      fulfil: { run: (row) => fulfilReady(account, row) },
      fallback: { run: (row) => fallBack(account, row) },
      notify: { shape: notifyShape, run: (row) => notifyPayer(row) },
    },
  });
  offer<Payment>({
    name: "payments",
    rows: visible(account, account.payments, ({ customer }) => customer),
    show: hidePath,
    filters: filters.paymentFilters,
    sorts: filters.paymentSorts,
    create: (content) => createPayment(account, content),
    update: updating(account.payments, "payments", paymentUpdateShape),
    actions: {
      cancel: { run: (row) => cancelPayment(account, row) },
      retry: { shape: retryShape, run: (row, body) => retryPayment(account, row, body) },
    },
  });
  offer<Mandate>({
    name: "mandates",
    rows: visible(account, account.mandates, ({ links }) => links.customer),
    show: showMandate(account),
    filters: filters.mandateFilters,
    update: updating(account.mandates, "mandates", metadataShape),
    actions: {
      cancel: { run: (row) => cancelMandate(account, row, "api") },
      reinstate: { run: (row) => reinstateMandate(account, row) },
    },
  });
  offer<Subscription>({
    name: "subscriptions",
    rows: visible(account, account.subscriptions, ({ links }) => account.mandates.get(links.mandate)?.links.customer),
    show: showSubscription(account),
    filters: filters.subscriptionFilters(account),
    create: (content) => createSubscription(account, content),
    update: (row, content) => updateSubscription(account, row, content),
    actions: {
      cancel: { run: (row) => cancelSubscription(account, row) },
      pause: { shape: pauseShape, run: (row, body) => pauseSubscription(account, row, body) },
      resume: { run: (row) => resumeSubscription(account, row) },
    },
  });
  offer<Event>({ name: "events", rows: account.events, show: (row) => row, filters: filters.eventFilters });
};

export const offerMoney = (account: Account, offer: <T extends Row>(one: Offer<T>) => void): void => {
  offer<Refund>({
    name: "refunds",
    rows: visible(account, account.refunds, ({ links }) => account.payments.get(links.payment)?.customer),
    show: hidePath,
    filters: filters.refundFilters,
    create: (content) => createRefund(account, content),
    update: updating(account.refunds, "refunds", metadataShape),
  });
  offer<Payout>({
    name: "payouts",
    rows: account.payouts,
    show: (row) => row,
    filters: filters.payoutFilters,
    update: updating(account.payouts, "payouts", metadataShape),
  });
  offer<Customer>({
    name: "customers",
    rows: account.customers,
    show: (row) => row,
    filters: filters.customerFilters,
    sorts: filters.customerSorts,
    create: (content) => createCustomer(account, content),
    update: updating(account.customers, "customers", customerShape),
    remove: (row) => removeCustomer(account, row),
  });
};

const showItem = ({ type, amount, taxes, links }: PayoutItem) => ({ type, amount, taxes, links });

/** Items can be read for six months. */
const ITEMS_DAYS = 182;

export const listPayoutItems = (account: Account, query: Query): Answer | Refusal => {
  const payout = account.payouts.get(query.payout ?? "");
  if (payout === undefined) return query.payout ? notFound() : validationFailed([fault("/payout", "is required")]);
  if (addDays(payout.created_at.slice(0, 10), ITEMS_DAYS) < toDay(account.now())) {
    return usage(410, "payout_items_data_archived", "The items of this payout can no longer be read");
  }
  const offer = { name: "payout_items", rows: account.payoutItems, show: showItem, filters: filters.payoutItemFilters };
  return list(offer, query);
};
