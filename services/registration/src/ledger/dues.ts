import {
  collectionsBetween,
  type Day,
  daysLater,
  isReversal,
  type MatchedPayment,
  matchPayments,
  monthOfCharge,
  NOTICE_DAYS,
  type PaymentFate,
} from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import type { Account, Asked, Collection } from "./account.ts";
import { sumOf } from "./elsewhere.ts";

/** The sums of a due, in pence. */
export const sums = [
  "expected",
  "collected",
  "on_its_way",
  "failed",
  "refunded",
  "waived",
  "elsewhere",
  "paid_out",
] as const;
type Sum = (typeof sums)[number];
export type Sums = Readonly<Record<Sum, number>>;

/** One thing that a family owes or owed, and its payments. Money is listed under what it was for, whenever it moved. */
export interface Due extends Sums {
  /** Unique within the link: `fee`, the id of a monthly payment, or a month that is still to come. */
  readonly due: string;
  readonly what: "fee" | "monthly";
  /** `2026-09` */
  readonly month: string;
  /** 1 for a month that nothing is set up to collect: nobody owes it once it is before `oldestMonthDue`. */
  readonly lapses: 0 | 1;
}

type Draft = { -readonly [key in keyof Due]: Due[key] };

const draft = (due: string, what: Due["what"], month: string, expected: number): Draft => ({
  due,
  what,
  month,
  lapses: 0,
  expected,
  collected: 0,
  on_its_way: 0,
  failed: 0,
  refunded: 0,
  waived: 0,
  elsewhere: 0,
  paid_out: 0,
});

/** After these days of the next month a month lapses: a few days after its last one it may still be recorded as missed. */
const LAPSES_AFTER_DAYS = 7;

/** The first month that has not lapsed, such as `2026-09`. */
export const oldestMonthDue = (now: Date): string => daysLater(londonDay(now), -LAPSES_AFTER_DAYS).slice(0, 7);

/** All of a link's dues: the fee first, then the months in order. */
export const duesOf = (account: Account): Due[] => {
  const fee = draft("fee", "fee", account.month, account.feePence);
  const months = new Map(collectionsOf(account).map((due) => [due.due, due]));
  for (const payment of paymentsOf(account)) spread(account, payment, fee, months);
  const charged = monthsCharged(account);
  for (const [id, { fate, uncharged }] of Object.entries(account.collections)) {
    const due = months.get(id) as Draft;
    const sum = due.expected;
    if (fate) enter(due, fate, sum);
    if (fate?.word === "skipped" || (uncharged && charged.has(due.month))) due.expected = 0;
    giveBack(due, refundsOf(account, id));
  }
  fee.waived = sumOf(account.elsewhere, true);
  fee.elsewhere = sumOf(account.elsewhere, false);
  const planned = plannedMonths(account, new Set([...months.values()].map(({ month }) => month)));
  const all = [fee, ...[...months.values(), ...planned].sort(byMonth)];
  // A cancelled or erased family owes nothing more; money received stays.
  if (account.closed || account.calledOff) for (const due of all) due.expected = Math.min(due.expected, settled(due));
  return all.filter((due) => sums.some((sum) => due[sum] !== 0));
};

/** What came in, is coming in, or is not asked for. */
const settled = (due: Sums): number => due.collected + due.on_its_way + due.waived + due.elsewhere;

const byMonth = (a: Due, b: Due) => (`${a.month} ${a.due}` < `${b.month} ${b.due}` ? -1 : 1);

const amountOf = ({ collections, monthlyFeePence }: Account, id: string): number =>
  collections[id]?.amountPence ?? monthlyFeePence;

const collectionsOf = (account: Account): Draft[] =>
  Object.entries(account.collections).map(([id, collection]) =>
    draft(id, "monthly", monthOf(account, collection), amountOf(account, id)),
  );

/** A month may be reported as collected after it counted as missed. */
const monthsCharged = (account: Account): ReadonlySet<string> => {
  const charged = Object.values(account.collections).filter(({ uncharged }) => !uncharged);
  return new Set(charged.map((collection) => monthOf(account, collection)));
};

const monthOf = (account: Account, { chargeDate, firstAt, subscriptionId }: Collection): string => {
  if (!chargeDate) return londonDay(firstAt).slice(0, 7);
  // A subscription keeps its day, whatever was agreed since.
  const { dayOfMonth = account.collectedOn } = account.plans.find(({ id }) => id === subscriptionId) ?? {};
  return monthOfCharge(chargeDate, dayOfMonth);
};

const paymentsOf = ({ asked, payments, collections }: Account): MatchedPayment<Asked>[] =>
  matchPayments(
    asked,
    ({ fulfilledAt, feePence, monthsPence }) => !!fulfilledAt && feePence + monthsPence > 0,
    payments,
    collections,
  );

/** Splits a payment into the fee and the missed months that it is for. The last part takes any difference. */
const spread = (account: Account, payment: MatchedPayment<Asked>, fee: Draft, months: Map<string, Draft>): void => {
  const { id, fate, request } = payment;
  const {
    feePence,
    months: asked,
    monthsPence,
  } = request ?? { feePence: account.feePence, months: [], monthsPence: 0 };
  const parts: [Draft, number][] = [[fee, feePence]];
  let left = monthsPence;
  asked.forEach((month, index) => {
    const sum = index === asked.length - 1 ? left : Math.min(left, amountOf(account, month));
    left -= sum;
    parts.push([months.get(month) ?? fee, sum]);
  });
  let back = refundsOf(account, id);
  for (const [due, sum] of parts) {
    enter(due, fate, sum);
    const share = Math.min(back, sum);
    giveBack(due, share);
    back -= share;
  }
  giveBack(fee, back);
};

/** A payment that was made but not reported on yet is on its way. */
const enter = (due: Draft, fate: PaymentFate | undefined, sum: number): void => {
  const word = fate?.word ?? "submitted";
  if (word === "skipped") return;
  if (isReversal(word)) due.failed += sum;
  else if (word === "submitted" || word === "resubmitted") due.on_its_way += sum;
  else due.collected += sum;
  if (word === "paid_out") due.paid_out += sum;
};

const giveBack = (due: Draft, pence: number): void => {
  due.refunded += pence;
};

/** A refund counts once GoCardless has said which payment it is for, and how much. */
const refundsOf = ({ refunds }: Account, paymentId: string | undefined): number =>
  Object.values(refunds)
    .filter((refund) => paymentId !== undefined && refund.paymentId === paymentId && !refund.returned)
    .reduce((sum, { amountPence = 0 }) => sum + amountPence, 0);

/**
 * Months that will be, or should have been, collected: by a subscription, or as the link planned it. Before there is a
 * subscription, a month that passes lapses, unless `MonthlyFeeMissed` says that it is owed.
 */
const plannedMonths = (account: Account, known: ReadonlySet<string>): Draft[] => {
  const { plans, monthlyFrom, monthlyUntil, monthlyFeePence, mandateGone, collectedOn, refunded } = account;
  const planned = new Set<string>();
  const plan = (days: readonly Day[]) => {
    for (const day of days) planned.add(day.slice(0, 7));
  };
  // After a refund of the fee, the club arranges the rest itself.
  if (plans.length === 0 && !refunded && monthlyFrom && monthlyUntil)
    plan(collectionsBetween(firstDay(account, monthlyFrom), monthlyUntil, collectedOn));
  for (const { startDate, payments = 0, dayOfMonth = collectedOn, ended, withMandate } of plans) {
    // What a mandate that has ended should have collected is still owed.
    if (!startDate || (ended && !withMandate && !mandateGone)) continue;
    const until = daysLater(startDate, 31 * payments);
    plan(collectionsBetween(startDate, until, dayOfMonth).slice(0, payments));
  }
  return [...planned]
    .filter((month) => !known.has(month))
    .map((month) => ({ ...draft(month, "monthly", month, monthlyFeePence), lapses: plans.length === 0 ? 1 : 0 }));
};

/** A family that pays mid-season does not owe the months before. */
const firstDay = ({ asked }: Account, monthlyFrom: Day): Day => {
  const [paidAt] = asked.flatMap(({ fulfilledAt }) => fulfilledAt ?? []).sort();
  const noticed = paidAt ? daysLater(londonDay(paidAt), NOTICE_DAYS) : "";
  return noticed > monthlyFrom ? noticed : monthlyFrom;
};
