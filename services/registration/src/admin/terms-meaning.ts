import { collectionsBetween, dayOfMonth, pounds, termsWords } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import type { Entry } from "../read-model/books.ts";
import type { Row } from "../read-model/row.ts";
import { monthName, shortDay } from "./words.ts";

export interface Terms {
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
}

export const termsNow = (row: Row): Terms => ({
  monthlyFeePence: row.monthly_fee_pence,
  preferredPaymentDay: row.preferred_payment_day,
});

/** What new terms mean for the parent, one sentence each, shown before they take effect. */
export const meaningOf = (row: Row, account: readonly Entry[], wish: Terms, now: Date): string[] => {
  const months = account.filter(({ what }) => what === "monthly");
  const begun = months.filter(({ due, month }) => due !== month);
  const thisMonth = londonDay(now).slice(0, 7);
  const open = months.filter(({ due, month }) => due === month && month >= thisMonth).map(({ month }) => month);
  const agreed = termsNow(row);
  return [
    begun.length === 0
      ? "No monthly collection has begun."
      : `Collections that have begun stay as they are: ${begun.map((entry) => `${pounds(entry.expected)} for ${monthName(entry.month)}`).join(", ")}.`,
    `Agreed so far: ${planned(agreed, open)}.`,
    `From the next collection on: ${planned(wish, open)}. One that is less than ten days away may have begun already.`,
    textsStay(row, agreed),
    whatFollows(row, agreed, wish),
  ];
};

const planned = (terms: Terms, months: readonly string[]): string => {
  const { monthlyFeePence: pence, preferredPaymentDay } = terms;
  const days = months.flatMap((month) =>
    collectionsBetween(`${month}-01`, `${month}-31`, dayOfMonth(preferredPaymentDay)),
  );
  const [first, last] = [days[0], days.at(-1)];
  if (pence === 0 || !first || !last) return termsWords(terms);
  const when =
    first === last ? `once, on ${shortDay(first)}` : `${days.length} times, ${shortDay(first)} to ${shortDay(last)}`;
  return `${termsWords(terms)}, ${when}, ${pounds(pence * days.length)} in all`;
};

const textsStay = (row: Row, agreed: Terms): string => {
  if (row.paid_at) return `If a text confirmed the payment, it named ${termsWords(agreed)} and does not change.`;
  return row.sms_sent_at
    ? "The text with the link has already been sent and does not change."
    : "No text has been sent yet.";
};

const whatFollows = (row: Row, agreed: Terms, wish: Terms): string => {
  const noText = "Touchline does not text the parent about it, so let them know.";
  if (row.payment_status !== "paid") return `The link asks for payment on these terms. ${noText}`;
  if (agreed.monthlyFeePence === 0)
    return `There may be no Direct Debit yet: the parent sets it up by opening the link again. ${noText}`;
  if (wish.monthlyFeePence === 0) return `Nothing more is collected each month; what was paid stays paid. ${noText}`;
  return `GoCardless e-mails the parent before it collects another amount or on another day, unless the club has switched that off there. ${noText}`;
};
