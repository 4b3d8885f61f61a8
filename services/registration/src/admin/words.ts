import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import type { PaymentStatus, Row, RowTextStatus } from "../read-model/row.ts";

type Tone = "good" | "bad" | "wait";

const payments: Readonly<Record<PaymentStatus, readonly [Tone, string]>> = {
  pending: ["wait", "Not paid"],
  paid: ["good", "Paid"],
  failed: ["bad", "Payment failed"],
  charged_back: ["bad", "Charged back"],
  cancelled: ["wait", "Cancelled"],
};

const texts: Readonly<Record<RowTextStatus, readonly [Tone, string]>> = {
  pending: ["wait", "Text waiting"],
  sent: ["wait", "Text sent"],
  delivered: ["good", "Text delivered"],
  undelivered: ["bad", "Text not delivered"],
  failed: ["bad", "Text failed"],
};

const marks: Readonly<Record<Tone, string>> = { good: "✓", bad: "✗", wait: "…" };

/** A status in words, with a mark: not everyone sees colours alike. */
const chip = ([tone, text]: readonly [Tone, string]): Html =>
  html`<span class="chip ${tone}"><span aria-hidden="true">${marks[tone]}</span> ${text}</span>`;

export const paymentChip = ({ payment_status: status }: Row): Html => chip(payments[status]);
export const textChip = ({ sms_delivery_status: status }: Row): Html => chip(texts[status]);

/** What keeps this registration from going on, in words; undefined when nothing does. */
export const trouble = (row: Row): string | undefined => {
  if (row.payment_status === "cancelled" || row.payment_status === "paid") return undefined;
  if (row.payment_token_error) return `No payment link: GoCardless refused it (${row.payment_token_error}).`;
  if (row.phone_needs_correction) return `This number cannot be texted${reason(row)}. Ask for another.`;
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
const whole = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** As short as possible: the time for today, the date for this year, the date and year for others. */
export const shortTime = (instant: string, now: Date): Html => {
  const [day, today] = [londonDay(instant), londonDay(now)];
  const date = new Date(instant);
  const text =
    day === today
      ? `today ${timeOnly.format(date)}`
      : day.slice(0, 4) === today.slice(0, 4)
        ? dayOnly.format(date)
        : dayAndYear.format(date);
  return html`<time datetime="${instant}">${text}</time>`;
};

export const longTime = (instant: string): Html =>
  html`<time datetime="${instant}">${dayAndTime.format(new Date(instant))}</time>`;

export const dayHeading = (instant: Date): string => whole.format(instant);
export const clockTime = (instant: Date): Html =>
  html`<time datetime="${instant.toISOString()}">${seconds.format(instant)}</time>`;
/** `22 Nov` of `2026-11-22` */
export const shortDay = (day: string): string => dayOnly.format(new Date(`${day}T12:00:00Z`));
