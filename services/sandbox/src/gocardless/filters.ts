import type { Account } from "./account.ts";
import type { Customer, Payout, PayoutItem, Refund } from "./money-resources.ts";
import { type Filters, type Query, type Sorts, within } from "./paging.ts";
import type { BillingRequest, Event, Links, Mandate, Metadata, Payment, Subscription } from "./resources.ts";

/** What each list can be narrowed down and sorted by. Source: the `…ListRequest` types of GoCardless's SDK. */

const linked =
  (name: string) =>
  ({ links }: { readonly links: Links }, value: string): boolean =>
    links[name] === value;

/** One of the values, which are separated by commas. */
const among =
  <K extends string>(name: K) =>
  (row: Readonly<Record<K, string>>, values: string): boolean =>
    values.split(",").includes(row[name]);

/** For what is the same in every row here. */
const always =
  (constant: string) =>
  (_row: object, value: string): boolean =>
    value === constant;

export const billingRequestFilters: Filters<BillingRequest> = {
  status: among("status"),
  customer: linked("customer"),
};

export const paymentFilters: Filters<Payment> = {
  status: among("status"),
  scheme: among("scheme"),
  currency: among("currency"),
  customer: ({ customer }, value) => customer === value,
  creditor: linked("creditor"),
  mandate: linked("mandate"),
  subscription: linked("subscription"),
  ...within("charge_date", ({ charge_date }: Payment) => charge_date),
};

export const paymentSorts: Sorts<Payment> = {
  charge_date: ({ charge_date }) => charge_date,
  amount: ({ amount }) => amount,
};

export const mandateFilters: Filters<Mandate> = {
  status: among("status"),
  scheme: among("scheme"),
  mandate_type: among("mandate_type"),
  reference: ({ reference }, value) => reference === value,
  creditor: linked("creditor"),
  customer: linked("customer"),
  customer_bank_account: linked("customer_bank_account"),
};

export const subscriptionFilters = ({ mandates }: Account): Filters<Subscription> => ({
  status: among("status"),
  mandate: linked("mandate"),
  customer: ({ links }, value) => mandates.get(links.mandate)?.links.customer === value,
});

export const refundFilters: Filters<Refund> = {
  payment: linked("payment"),
  mandate: linked("mandate"),
  refund_type: always("payment"),
};

/** Of metadata, whatever keys the query names. */
const withMetadata = (query: Query): Filters<{ readonly metadata: Metadata }> =>
  Object.fromEntries(
    Object.keys(query).flatMap((name) => {
      const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[name, ({ metadata }, value) => metadata[key] === value]];
    }),
  );

export const payoutFilters = (query: Query): Filters<Payout> => ({
  status: among("status"),
  currency: among("currency"),
  payout_type: among("payout_type"),
  reference: ({ reference }, value) => reference === value,
  creditor: linked("creditor"),
  creditor_bank_account: linked("creditor_bank_account"),
  ...withMetadata(query),
});

/** Of Bacs payouts, taxes are the same with and without the cutover. */
export const payoutItemFilters: Filters<PayoutItem> = {
  payout: ({ payout }, value) => payout === value,
  include_2020_tax_cutover: () => true,
};

export const customerFilters: Filters<Customer> = {
  currency: always("GBP"),
  action_required: always("false"),
};

export const customerSorts: Sorts<Customer> = {
  name: ({ given_name, family_name }) => `${given_name ?? ""} ${family_name ?? ""}`,
  company_name: ({ company_name }) => company_name ?? "",
  created_at: ({ created_at }) => created_at,
};

const eventLinks = [
  "billing_request",
  "creditor",
  "export",
  "instalment_schedule",
  "mandate",
  "outbound_payment",
  "parent_event",
  "payer_authorisation",
  "payment",
  "payment_account_transaction",
  "payout",
  "refund",
  "scheme_identifier",
  "subscription",
] as const;

export const eventFilters: Filters<Event> = {
  ...Object.fromEntries(eventLinks.map((name) => [name, linked(name)])),
  resource_type: among("resource_type"),
  action: among("action"),
  include: () => true,
};
