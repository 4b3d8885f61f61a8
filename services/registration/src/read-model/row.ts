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
  /** 1 when another text to this number would be of no use. */
  readonly phone_refuses_texts: number;
  readonly payment_token_error: string | null;
}

export const paymentStatuses = ["pending", "paid", "failed", "charged_back", "cancelled"] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

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
};

export const columnNames = Object.keys(columns) as readonly (keyof Row)[];
