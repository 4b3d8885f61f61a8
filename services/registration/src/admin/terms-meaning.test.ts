import { expect, test } from "vitest";
import type { Entry } from "../read-model/books.ts";
import type { Row } from "../read-model/row.ts";
import { meaningOf } from "./terms-meaning.ts";

const now = new Date("2026-11-10T12:00:00.000Z");
const row = (more: Partial<Row> = {}) =>
  ({
    monthly_fee_pence: 2_750,
    preferred_payment_day: 1,
    payment_status: "paid",
    paid_at: "2026-08-20T10:00:00.000Z",
    sms_sent_at: "2026-08-20T09:00:00.000Z",
    ...more,
  }) as Row;
const due = (month: string, id = month) =>
  ({ due: id, what: "monthly", month, expected: 2_750, to_come: 2_750 }) as Entry;
const account = [due("2026-10", "PM1"), due("2026-11", "PM2"), due("2026-12"), due("2027-01"), due("2027-02")];
const meaning = (wish: object, of = row(), dues: readonly Entry[] = account) =>
  meaningOf(of, dues, { monthlyFeePence: 2_000, preferredPaymentDay: 15, ...wish }, now);

test("collections under way stay, and later ones are shown with their days and their total", () => {
  expect(meaning({})).toEqual([
    "Collections that have begun stay as they are: £27.50 for Oct 2026, £27.50 for Nov 2026.",
    "Agreed so far: £27.50 a month on the 1st, 3 times, 1 Dec to 1 Feb, £82.50 in all.",
    "From the next collection on: £20 a month on the 15th, 3 times, 15 Dec to 15 Feb, £60 in all. One that is less than ten days away may have begun already.",
    "If a text confirmed the payment, it named £27.50 a month on the 1st and does not change.",
    "GoCardless e-mails the parent before it collects another amount or on another day, unless the club has switched that off there. Touchline does not text the parent about it, so let them know.",
  ]);
});

test("the last day is each month's own, and a missed month is not collected again", () => {
  const [begun, , next] = meaning({ preferredPaymentDay: 31 }, row(), [due("2026-10"), due("2027-02")]);
  expect(begun).toBe("No monthly collection has begun.");
  expect(next).toContain("£20 a month on the last day of the month, once, on 28 Feb, £20 in all.");
});

test("an unpaid family is asked under the new terms; ending the fee and starting one have words of their own", () => {
  const last = (of: Row, wish = {}) => meaning(wish, of).at(-1);
  expect(last(row({ payment_status: "pending", paid_at: null }))).toContain(
    "The link asks for payment on these terms.",
  );
  expect(last(row({ monthly_fee_pence: 0 }))).toContain("opening the link again");
  expect(last(row(), { monthlyFeePence: 0 })).toContain("Nothing more is collected each month");
  expect(meaning({ monthlyFeePence: 0 })[2]).toContain("From the next collection on: no monthly fee.");
  expect(meaning({}, row({ paid_at: null, sms_sent_at: null }))[3]).toBe("No text has been sent yet.");
});
