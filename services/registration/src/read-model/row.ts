import type { PaymentStatus } from "@touchline/contracts";
import type { EmailStatus } from "./emails.ts";

/** One row of `registrations`, as SQLite holds it: instants as ISO 8601, positions as integers. */
export interface Row {
  readonly registration_id: string;
  readonly child_name: string;
  readonly parent_name: string;
  readonly parent_phone: string;
  readonly team: string;
  readonly age_group: string;
  readonly season: string;
  readonly signing_fee_pence: number;
  readonly monthly_fee_pence: number;
  readonly preferred_payment_day: number;
  readonly billing_request_id: string | null;
  readonly payment_status: PaymentStatus;
  readonly sms_sent_at: string | null;
  readonly sms_delivery_status: RowTextStatus;
  readonly sms_delivery_error: string | null;
  readonly sms_attempts: number;
  readonly sms_segments: number;
  readonly link_opened_at: string | null;
  readonly paid_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** `$all` position of the event that changed the row last. */
  readonly position: bigint;
  /** 1 when the chat should ask for another number. */
  readonly phone_needs_correction: number;
  /** 1 when there is no point in texting this number again. */
  readonly phone_refuses_texts: number;
  readonly payment_token_error: string | null;
  /** Of the fee. */
  readonly amount_refunded_pence: number;
  /** Months that failed for good and were not paid since. */
  readonly behind_pence: number;
  readonly months_missed: number;
  readonly mandate_status: MandateStatus;
  readonly paid_twice_pence: number;
  /** Why the last refund or record of money failed, in words. */
  readonly money_error: string | null;
  /** When it failed; null once another was requested, or a note was written since. */
  readonly money_failed_at: string | null;
  /** Why GoCardless does not collect the monthly fee as agreed; null if it does, and while it is not asked to. */
  readonly subscription_error: string | null;
  readonly subscription_refused_at: string | null;
  /** When the child was suspended; null when it may play. */
  readonly suspended_at: string | null;
  /** When the last suspension ended; null when there was none, or during another one. */
  readonly reinstated_at: string | null;
  /** Until when there are no reminders and no suspension: an instant, `season`, or null. */
  readonly snoozed_until: string | null;
  /** The registration that this one may duplicate, while it is held for that. */
  readonly held_for: string | null;
  /** The time of the newest reply that nobody has dealt with. */
  readonly replied_at: string | null;
  readonly notes: number;
  /** The newest e-mail sent to the parent instead of a text; null when there is none. */
  readonly email_status: EmailStatus | null;
  /** Folded names and team; see `searchText`. */
  readonly search_text: string;
  /** 1 when the registration was cancelled, whatever became of the money. */
  readonly cancelled: number;
  /** 1 when the owner of the present number wants no texts. */
  readonly opted_out: number;
  /** Since when no text with the link has arrived at the present number; null when the newest did, or is on its way. */
  readonly unreached_since: string | null;
  /** What the chat can do next: a JSON array of `NextAction`. */
  readonly next_actions: string;
}

/** `gone`: it ended, and monthly fees are still to be collected. Empty while nothing is known to be wrong with it. */
export type MandateStatus = "" | "active" | "gone";

/** A withdrawn text keeps the status it had. */
export const rowTextStatuses = ["pending", "sent", "delivered", "undelivered", "failed"] as const;
export type RowTextStatus = (typeof rowTextStatuses)[number];

/** Columns in the order of the table, with their declared types. */
export const columns: Readonly<Record<keyof Row, string>> = {
  registration_id: "TEXT PRIMARY KEY",
  child_name: "TEXT NOT NULL",
  parent_name: "TEXT NOT NULL",
  parent_phone: "TEXT NOT NULL",
  team: "TEXT NOT NULL",
  age_group: "TEXT NOT NULL",
  season: "TEXT NOT NULL",
  signing_fee_pence: "INTEGER NOT NULL",
  monthly_fee_pence: "INTEGER NOT NULL",
  preferred_payment_day: "INTEGER NOT NULL",
  billing_request_id: "TEXT",
  payment_status: "VARCHAR(20) NOT NULL",
  sms_sent_at: "TIMESTAMP",
  sms_delivery_status: "VARCHAR(50) NOT NULL",
  sms_delivery_error: "TEXT",
  sms_attempts: "INTEGER NOT NULL",
  sms_segments: "INTEGER NOT NULL",
  link_opened_at: "TIMESTAMP",
  paid_at: "TIMESTAMP",
  created_at: "TIMESTAMP NOT NULL",
  updated_at: "TIMESTAMP NOT NULL",
  position: "INTEGER NOT NULL",
  phone_needs_correction: "INTEGER NOT NULL",
  phone_refuses_texts: "INTEGER NOT NULL",
  payment_token_error: "TEXT",
  amount_refunded_pence: "INTEGER NOT NULL",
  behind_pence: "INTEGER NOT NULL",
  months_missed: "INTEGER NOT NULL",
  mandate_status: "TEXT NOT NULL",
  paid_twice_pence: "INTEGER NOT NULL",
  money_error: "TEXT",
  money_failed_at: "TIMESTAMP",
  subscription_error: "TEXT",
  subscription_refused_at: "TIMESTAMP",
  suspended_at: "TIMESTAMP",
  reinstated_at: "TIMESTAMP",
  snoozed_until: "TEXT",
  held_for: "TEXT",
  replied_at: "TIMESTAMP",
  notes: "INTEGER NOT NULL",
  email_status: "TEXT",
  search_text: "TEXT NOT NULL",
  cancelled: "INTEGER NOT NULL",
  opted_out: "INTEGER NOT NULL",
  unreached_since: "TIMESTAMP",
  next_actions: "TEXT NOT NULL",
};

export const columnNames = Object.keys(columns) as readonly (keyof Row)[];
