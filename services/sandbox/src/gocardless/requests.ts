import {
  anyObject,
  boolean,
  date,
  integer,
  metadata,
  notForTheUk,
  object,
  oneOf,
  optional,
  required,
  text,
  webUrl,
} from "./shape.ts";

/** The accepted fields of each create request; anything else is refused. Source: the API's reference and SDK types. */

const paymentRequest = object({
  amount: required(integer(1)),
  currency: required(oneOf("GBP")),
  description: optional(text(255)),
  scheme: optional(oneOf("faster_payments")),
  app_fee: optional(integer(0)),
  funds_settlement: optional(oneOf("managed", "direct")),
  reference: optional(text(18)),
  metadata: optional(metadata),
});

const mandateRequest = object({
  currency: required(oneOf("GBP")),
  scheme: optional(oneOf("bacs")),
  description: optional(text(255)),
  verify: optional(oneOf("minimum", "recommended", "when_available", "always")),
  authorisation_source: optional(oneOf("web", "telephone", "paper")),
  consent_type: optional(text(50)),
  constraints: optional(anyObject),
  funds_settlement: optional(oneOf("managed", "direct")),
  payer_requested_dual_signature: optional(boolean),
  sweeping: optional(boolean),
  reference: optional(text(18)),
  metadata: optional(metadata),
});

export const billingRequestShape = object({
  payment_request: optional(paymentRequest),
  mandate_request: optional(mandateRequest),
  subscription_request: optional(notForTheUk),
  instalment_schedule_request: optional(notForTheUk),
  fallback_enabled: optional(boolean),
  payment_context_code: optional(text(60)),
  payment_purpose_code: optional(text(60)),
  purpose_code: optional(text(60)),
  metadata: optional(metadata),
  links: optional(
    object({
      creditor: optional(text(20)),
      customer: optional(text(20)),
      customer_bank_account: optional(text(20)),
    }),
  ),
});

export const flowShape = object({
  links: required(object({ billing_request: required(text(50)) })),
  redirect_uri: optional(webUrl),
  exit_uri: optional(webUrl),
  auto_fulfil: optional(boolean),
  customer_details_captured: optional(boolean),
  language: optional(text(5)),
  lock_bank_account: optional(boolean),
  lock_currency: optional(boolean),
  lock_customer_details: optional(boolean),
  prefilled_bank_account: optional(anyObject),
  prefilled_customer: optional(anyObject),
  show_redirect_buttons: optional(boolean),
  show_success_redirect_button: optional(boolean),
  skip_success_screen: optional(boolean),
});

export const months = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
] as const;

const LAST_DAY = -1;
const DAYS = Array.from({ length: 28 }, (_, index) => index + 1);

export const subscriptionShape = object({
  amount: required(integer(1)),
  currency: required(oneOf("GBP")),
  interval_unit: required(oneOf("weekly", "monthly", "yearly")),
  interval: optional(integer(1)),
  day_of_month: optional(oneOf(...DAYS, LAST_DAY)),
  month: optional(oneOf(...months)),
  start_date: optional(date),
  end_date: optional(date),
  count: optional(integer(1)),
  name: optional(text(255)),
  payment_reference: optional(text(18)),
  retry_if_possible: optional(boolean),
  app_fee: optional(integer(0)),
  metadata: optional(metadata),
  links: required(object({ mandate: required(text(50)) })),
});

export const subscriptionUpdateShape = object({
  amount: optional(integer(1)),
  name: optional(text(255)),
  payment_reference: optional(text(18)),
  retry_if_possible: optional(boolean),
  app_fee: optional(integer(0)),
  metadata: optional(metadata),
});

export const paymentShape = object({
  amount: required(integer(1)),
  currency: required(oneOf("GBP")),
  charge_date: optional(date),
  description: optional(text(255)),
  reference: optional(text(18)),
  retry_if_possible: optional(boolean),
  app_fee: optional(integer(0)),
  metadata: optional(metadata),
  links: required(object({ mandate: required(text(50)) })),
});

export const refundShape = object({
  amount: required(integer(1)),
  total_amount_confirmation: optional(integer(1)),
  reference: optional(text(18)),
  metadata: optional(metadata),
  links: required(object({ payment: required(text(50)) })),
});

/** Payouts, mandates and refunds can be given other metadata. */
export const metadataShape = object({ metadata: optional(metadata) });

export const paymentUpdateShape = object({ metadata: optional(metadata), retry_if_possible: optional(boolean) });

export const customerShape = object({
  email: optional(text(255)),
  given_name: optional(text(255)),
  family_name: optional(text(255)),
  company_name: optional(text(255)),
  language: optional(text(5)),
  phone_number: optional(text(30)),
  address_line1: optional(text(255)),
  address_line2: optional(text(255)),
  address_line3: optional(text(255)),
  city: optional(text(255)),
  region: optional(text(255)),
  postal_code: optional(text(20)),
  country_code: optional(text(2)),
  danish_identity_number: optional(text(20)),
  swedish_identity_number: optional(text(20)),
  metadata: optional(metadata),
});

/** The body of an action without a shape of its own. */
export const actionShape = metadataShape;

export const pauseShape = object({ pause_cycles: optional(integer(1, 1_000)), metadata: optional(metadata) });

export const retryShape = object({ charge_date: optional(date), metadata: optional(metadata) });

export const notifyShape = object({ notification_type: required(oneOf("email")), redirect_uri: optional(webUrl) });
