import { isUnpaid, type PaymentStatus } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import { pounds } from "@touchline/timeline";
import type { EmailStatus } from "../read-model/emails.ts";
import type { Row, RowTextStatus } from "../read-model/row.ts";

export type Tone = "good" | "bad" | "wait";

const payments: Readonly<Record<PaymentStatus, readonly [Tone, string]>> = {
  pending: ["wait", "Not paid"],
  paid: ["good", "Paid"],
  failed: ["bad", "Payment failed"],
  charged_back: ["bad", "Charged back"],
  cancelled: ["wait", "Cancelled"],
  refunded: ["wait", "Refunded"],
  waived: ["good", "Waived"],
};

const texts: Readonly<Record<RowTextStatus, readonly [Tone, string]>> = {
  pending: ["wait", "Text waiting"],
  sent: ["wait", "Text sent"],
  delivered: ["good", "Text delivered"],
  undelivered: ["bad", "Text not delivered"],
  failed: ["bad", "Text failed"],
};

const emails: Readonly<Record<EmailStatus, string>> = {
  pending: "will be sent shortly, because no text reaches the parent",
  sent: "was sent, because no text reaches the parent",
  refused: "was refused by the mail server",
  unknown: "may have been sent; nobody knows, so it is not sent again",
  withdrawn: "is no longer needed",
};

/** The status of the e-mail with the link; undefined if there is none. */
export const emailWords = ({ email_status: status }: Row): string | undefined => (status ? emails[status] : undefined);

const marks: Readonly<Record<Tone, string>> = { good: "✓", bad: "✗", wait: "…" };

/** A status in words, with a mark: not everyone sees colours alike. */
export const chip = ([tone, text]: readonly [Tone, string]): Html =>
  html`<span class="chip ${tone}"><span aria-hidden="true">${marks[tone]}</span> ${text}</span>`;

/** A family that was cancelled after it had paid is both. */
export const paymentChip = ({ payment_status: status, cancelled }: Row): Html =>
  cancelled && status !== "cancelled"
    ? html`${chip(payments.cancelled)} ${chip(payments[status])}`
    : chip(payments[status]);
export const paymentWord = (status: PaymentStatus): string => payments[status][1];
export const textWord = (status: RowTextStatus): string => texts[status][1];
export const textChip = ({ sms_delivery_status: status }: Row): Html => chip(texts[status]);

/** Facts about money other than the fee's status. */
export const moneyChips = (row: Row): Html => {
  const chips: (readonly [Tone, string])[] = [];
  if (row.behind_pence > 0) chips.push(["bad", `Behind ${pounds(row.behind_pence)}`]);
  if (row.mandate_status === "gone") chips.push(["bad", "Direct Debit ended"]);
  if (row.paid_twice_pence > 0) chips.push(["bad", `${pounds(row.paid_twice_pence)} paid twice`]);
  if (row.money_error) chips.push(["bad", "Refund or record failed"]);
  if (row.subscription_refused_at) chips.push(["bad", "Monthly payments refused"]);
  if (row.amount_refunded_pence > 0) chips.push(["wait", `${pounds(row.amount_refunded_pence)} refunded`]);
  return html`${chips.map((one) => chip(one))}`;
};

/** Other things that the club does about the family, and what it is waiting for. */
export const traitChips = (row: Row, now: Date): Html => {
  const chips: (readonly [Tone, string])[] = [];
  if (row.replied_at) chips.push(["wait", "Replied"]);
  if (row.cancelled) return html`${chips.map((one) => chip(one))}`;
  if (row.suspended_at) chips.push(["bad", "Suspended"]);
  if (row.held_for) chips.push(["wait", "Held"]);
  const until = row.snoozed_until;
  if (until === "season") chips.push(["wait", "Exempt"]);
  else if (until !== null && new Date(until) > now)
    chips.push(["wait", `Left alone until ${(isThisYear(until, now) ? dayOnly : dayAndYear).format(new Date(until))}`]);
  return html`${chips.map((one) => chip(one))}`;
};

/** Why this registration is held, in words; undefined if it is not. */
export const trouble = (row: Row): string | undefined => {
  if (!isUnpaid(row.payment_status)) return undefined;
  if (row.payment_token_error)
    return `No payment link: GoCardless refused it (${row.payment_token_error}). Show this to the person who runs Touchline.`;
  if (row.opted_out) return "The owner of this number wants no texts. Call the parent.";
  if (row.phone_needs_correction) return `This number cannot be texted${reason(row)}. Ask the parent for another.`;
  return row.sms_delivery_error && row.sms_delivery_status !== "delivered"
    ? `The text did not arrive${reason(row)}.`
    : undefined;
};

const reason = ({ sms_delivery_error: error }: Row) => (error ? ` (${error})` : "");

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", ...options });
const timeOnly = format({ hour: "2-digit", minute: "2-digit" });
const dayOnly = format({ day: "numeric", month: "short" });
const dayAndTime = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });
const whenInAnotherYear = format({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const monthAndYear = format({ month: "short", year: "numeric" });
const whole = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** As short as possible: the time if it was today, the date if it was this year, otherwise the date and year. */
export const shortTime = (instant: string, now: Date): Html => {
  const date = new Date(instant);
  const text =
    londonDay(instant) === londonDay(now)
      ? `today ${timeOnly.format(date)}`
      : (isThisYear(instant, now) ? dayOnly : dayAndYear).format(date);
  return html`<time datetime="${instant}">${text}</time>`;
};

/** Date and time, with the year if it is another one. */
export const longTime = (instant: string, now: Date): Html =>
  html`<time datetime="${instant}">${(isThisYear(instant, now) ? dayAndTime : whenInAnotherYear).format(new Date(instant))}</time>`;

const isThisYear = (instant: string, now: Date): boolean =>
  londonDay(instant).slice(0, 4) === londonDay(now).slice(0, 4);

export const dayHeading = (instant: Date): string => whole.format(instant);
export const clockTime = (instant: Date): Html =>
  html`<time datetime="${instant.toISOString()}">${seconds.format(instant)}</time>`;
/** `Sept 2026` of `2026-09` */
export const monthName = (month: string): string => monthAndYear.format(new Date(`${month}-15T12:00:00Z`));
/** `2026/27` of `2627` */
export const seasonName = (code: string): string => `20${code.slice(0, 2)}/${code.slice(2)}`;
/** `22 Nov` of `2026-11-22` */
export const shortDay = (day: string): string => dayOnly.format(new Date(`${day}T12:00:00Z`));
