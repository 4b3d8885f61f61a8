import { randomInt } from "node:crypto";

/** The resources as the API shows them (snake case); the last fields of each are known only to the stand-in. */

export type Metadata = Readonly<Record<string, string>>;
export type Links = Readonly<Record<string, string>>;

export type PaymentRequest = {
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly scheme: string;
  readonly app_fee: number | null;
  readonly reference: string | null;
  readonly funds_settlement: string;
  readonly metadata: Metadata;
  readonly links: Links;
};

export type MandateRequest = {
  readonly currency: string;
  readonly scheme: string;
  readonly description: string | null;
  readonly verify: string;
  readonly sweeping: boolean;
  readonly constraints: object | null;
  readonly payer_requested_dual_signature: boolean;
  readonly metadata: Metadata;
  readonly links: Links;
};

export type BillingRequest = {
  readonly id: string;
  readonly created_at: string;
  readonly status: "pending" | "ready_to_fulfil" | "fulfilling" | "fulfilled" | "cancelled";
  readonly payment_request: PaymentRequest | null;
  readonly mandate_request: MandateRequest | null;
  readonly subscription_request: null;
  readonly instalment_schedule_request: null;
  readonly metadata: Metadata;
  readonly fallback_enabled: boolean;
  readonly fallback_occurred: boolean;
  readonly sign_flow_url: null;
  readonly creditor_name: string;
  readonly links: Links;
  /** Of its payment, once the payer has done everything. */
  readonly path?: readonly PaymentStatus[];
};

export type Flow = {
  readonly id: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly authorisation_url: string;
  readonly redirect_uri: string | null;
  readonly exit_uri: string | null;
  readonly auto_fulfil: boolean;
  readonly lock_customer_details: boolean;
  readonly lock_bank_account: boolean;
  readonly lock_currency: boolean;
  readonly show_redirect_buttons: boolean;
  readonly show_success_redirect_button: boolean;
  readonly skip_success_screen: boolean;
  readonly customer_details_captured: boolean;
  readonly language: string;
  readonly prefilled_customer: object | null;
  readonly prefilled_bank_account: object | null;
  readonly session_token: string | null;
  readonly links: Links & { readonly billing_request: string };
};

export type PaymentStatus =
  | "pending_submission"
  | "submitted"
  | "confirmed"
  | "paid_out"
  | "failed"
  | "cancelled"
  | "charged_back";

export type Payment = {
  readonly id: string;
  readonly created_at: string;
  readonly charge_date: string;
  readonly amount: number;
  readonly amount_refunded: number;
  readonly currency: string;
  readonly description: string | null;
  readonly reference: string | null;
  readonly scheme: string;
  readonly status: PaymentStatus;
  readonly retry_if_possible: boolean;
  readonly metadata: Metadata;
  readonly links: Links;
  /** The remaining automatic statuses. */
  readonly path: readonly PaymentStatus[];
  readonly customer: string | undefined;
};

export type MandateStatus = "pending_submission" | "submitted" | "active" | "failed" | "cancelled" | "expired";

export type Mandate = {
  readonly id: string;
  readonly created_at: string;
  readonly reference: string;
  readonly status: MandateStatus;
  readonly scheme: string;
  readonly next_possible_charge_date: string | null;
  readonly payments_require_approval: boolean;
  readonly authorisation_source: string;
  readonly mandate_type: string;
  readonly verified_at: string | null;
  readonly metadata: Metadata;
  readonly links: Links;
  readonly path: readonly MandateStatus[];
};

export type Subscription = {
  readonly id: string;
  readonly created_at: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: "active" | "cancelled" | "finished" | "paused";
  readonly name: string | null;
  readonly start_date: string;
  readonly end_date: string | null;
  readonly interval: number;
  readonly interval_unit: "weekly" | "monthly" | "yearly";
  readonly day_of_month: number | null;
  readonly month: string | null;
  readonly count: number | null;
  readonly payment_reference: string | null;
  readonly retry_if_possible: boolean;
  readonly app_fee: number | null;
  readonly earliest_charge_date_after_resume: null;
  readonly upcoming_payments: readonly { readonly amount: number; readonly charge_date: string }[];
  readonly metadata: Metadata;
  readonly links: Links & { readonly mandate: string };
  /** How often its amount was changed. */
  readonly amendments?: number;
};

export type ResourceType = "billing_requests" | "payments" | "mandates" | "subscriptions" | "refunds" | "payouts";

export type Event = {
  readonly id: string;
  readonly created_at: string;
  readonly resource_type: ResourceType;
  readonly action: string;
  readonly links: Links;
  readonly details: Readonly<Record<string, string | boolean>>;
  readonly metadata: Metadata;
  readonly resource_metadata: Metadata;
};

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** `BRQ0001ABCDEFGH`: the prefix, three zeros as the real ones have, and ten letters or digits. */
export const newId = (prefix: string): string =>
  `${prefix}000${Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join("")}`;

const hidden: readonly string[] = ["path", "customer", "amendments"];

/** The resource without the fields that only the stand-in knows. */
export const hidePath = (resource: object): object =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => !hidden.includes(name)));
