import type { Payout, PayoutItem, Refund } from "./money-resources.ts";
import type { Filters } from "./paging.ts";
import type { BillingRequest, Event, Links, Mandate, Payment, Subscription } from "./resources.ts";

/** What each list can be narrowed down by. */

const linked =
  (name: string) =>
  ({ links }: { readonly links: Links }, value: string): boolean =>
    links[name] === value;

/** One of the values, which are separated by commas. */
const among =
  <K extends string>(name: K) =>
  (row: Readonly<Record<K, string>>, values: string): boolean =>
    values.split(",").includes(row[name]);

export const billingRequestFilters: Filters<BillingRequest> = {
  status: among("status"),
  customer: linked("customer"),
};

export const paymentFilters: Filters<Payment> = {
  status: among("status"),
  customer: ({ customer }, value) => customer === value,
  mandate: linked("mandate"),
  subscription: linked("subscription"),
};

export const mandateFilters: Filters<Mandate> = { status: among("status"), customer: linked("customer") };

export const subscriptionFilters: Filters<Subscription> = { status: among("status"), mandate: linked("mandate") };

export const refundFilters: Filters<Refund> = { payment: linked("payment"), mandate: linked("mandate") };

export const payoutFilters: Filters<Payout> = {
  status: among("status"),
  reference: ({ reference }, value) => reference === value,
};

export const payoutItemFilters: Filters<PayoutItem> = { payout: ({ payout }, value) => payout === value };

export const eventFilters: Filters<Event> = {
  resource_type: among("resource_type"),
  action: among("action"),
  include: () => true,
  billing_request: linked("billing_request"),
  payment: linked("payment"),
  mandate: linked("mandate"),
  subscription: linked("subscription"),
  refund: linked("refund"),
  payout: linked("payout"),
};
