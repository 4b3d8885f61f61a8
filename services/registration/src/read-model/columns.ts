import type { Completed, Facts } from "./facts.ts";
import type { LinkText } from "./link-text.ts";
import type { PaymentStatus, Row } from "./row.ts";

/** Columns that never change. */
export const fixedColumns = (completed: Completed) => ({
  registration_id: completed.registrationId,
  child_name: `${completed.child.firstName} ${completed.child.lastName}`,
  parent_name: `${completed.parent.firstName} ${completed.parent.lastName}`,
  team: completed.team,
  age_group: completed.ageGroup,
  season: completed.season,
  signing_fee_pence: completed.signingFeePence,
  monthly_fee_pence: completed.monthlyFeePence,
  preferred_payment_day: completed.preferredPaymentDay,
  created_at: completed.acceptedAt,
});

export type FixedColumns = ReturnType<typeof fixedColumns>;

/** Columns that follow from the facts; only when and where they changed comes on top. */
export type ChangingColumns = Omit<Row, keyof FixedColumns | "updated_at" | "position">;

export const changingColumns = (facts: Facts): ChangingColumns => {
  const text = shownText(facts.texts);
  const payment = paymentStatus(facts);
  return {
    parent_phone: facts.parentPhone,
    billing_request_id: facts.token ?? null,
    payment_status: payment,
    sms_sent_at: text?.sentAt ?? null,
    sms_delivery_status: text?.status ?? "pending",
    sms_delivery_error: text?.error ?? null,
    sms_attempts: text?.attempts ?? 0,
    sms_segments: text?.segments ?? 0,
    link_opened_at: facts.openedAt ?? null,
    paid_at: payment === "paid" ? (facts.payment?.since ?? null) : null,
    ...phoneColumns(facts),
    payment_token_error: facts.tokenError ?? null,
  };
};

export const changingNames = [
  "parent_phone",
  "billing_request_id",
  "payment_status",
  "sms_sent_at",
  "sms_delivery_status",
  "sms_delivery_error",
  "sms_attempts",
  "sms_segments",
  "link_opened_at",
  "paid_at",
  "phone_needs_correction",
  "phone_refuses_texts",
  "payment_token_error",
] as const satisfies (keyof ChangingColumns)[];

export const differ = (a: ChangingColumns, b: ChangingColumns): boolean =>
  changingNames.some((name) => a[name] !== b[name]);

/** A cancelled registration asks for nothing more; money that has come is still shown. */
const paymentStatus = ({ cancelled, payment }: Facts): PaymentStatus =>
  cancelled && payment?.status !== "paid" ? "cancelled" : (payment?.status ?? "pending");

/** The newest text, unless it was withdrawn: then the one before still says how the parent got the link. */
const shownText = (texts: readonly LinkText[]): LinkText | undefined =>
  newest(texts.filter((text) => !text.withdrawn)) ?? newest(texts);

const newest = (texts: readonly LinkText[]): LinkText | undefined =>
  texts.reduce<LinkText | undefined>((a, b) => (a === undefined || BigInt(b.at) > BigInt(a.at) ? b : a), undefined);

const phoneColumns = ({ optedOut, texts, parentPhone }: Facts) => {
  // The present number may have been tried before another one that was then corrected back.
  const problem = shownText(texts.filter(({ to }) => to === parentPhone))?.numberProblem;
  return {
    phone_needs_correction: optedOut || problem ? 1 : 0,
    // A phone that was switched off may be on again: the parent decides.
    phone_refuses_texts: optedOut || problem === "refused" ? 1 : 0,
  };
};
