import type { Links, Metadata } from "./resources.ts";

/** Refunds, payouts and payers as the API shows them; the last fields of each are known only to the stand-in. */

export type RefundStatus =
  | "created"
  | "pending_submission"
  | "submitted"
  | "paid"
  | "cancelled"
  | "bounced"
  | "funds_returned";

export type Refund = {
  readonly id: string;
  readonly created_at: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string | null;
  readonly status: RefundStatus;
  readonly metadata: Metadata;
  readonly links: Links & { readonly payment: string };
  readonly path: readonly RefundStatus[];
};

export type Payout = {
  readonly id: string;
  readonly created_at: string;
  readonly amount: number;
  readonly deducted_fees: number;
  readonly currency: string;
  readonly status: "pending" | "paid";
  readonly arrival_date: string;
  readonly payout_type: "merchant";
  readonly reference: string;
  readonly tax_currency: null;
  readonly metadata: Metadata;
  readonly links: Links;
};

export type PayoutItemType =
  | "payment_paid_out"
  | "payment_failed"
  | "payment_charged_back"
  | "payment_refunded"
  | "refund_funds_returned"
  | "gocardless_fee";

export type PayoutItem = {
  readonly type: PayoutItemType;
  /** In pence with one decimal, positive for the club. */
  readonly amount: string;
  readonly taxes: readonly object[];
  readonly links: Links;
  readonly id: string;
  readonly created_at: string;
  /** Undefined until it is in a payout. */
  readonly payout?: string;
};

/** A payer, whose details are null until they are entered. */
export type Customer = {
  readonly id: string;
  readonly created_at: string;
  readonly email: string | null;
  readonly given_name: string | null;
  readonly family_name: string | null;
  readonly company_name: string | null;
  readonly language: string | null;
  readonly phone_number: string | null;
  readonly address_line1: string | null;
  readonly address_line2: string | null;
  readonly address_line3: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly postal_code: string | null;
  readonly country_code: string | null;
  readonly danish_identity_number: string | null;
  readonly swedish_identity_number: string | null;
  readonly metadata: Metadata;
};
