import { collectionsBetween, type Day, dayOfMonth, daysLater, NOTICE_DAYS } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { successorOf } from "./mandate-words.ts";
import { monthsCharged, undatedMonths } from "./months.ts";
import type { Link, Subscription } from "./state.ts";
import { collectingNow, feePaid, hasMandate } from "./status.ts";
import { feeOn } from "./terms.ts";

/** By then GoCardless has said what it collected, even if a webhook was lost. */
const REPORTED_AFTER_DAYS = 3;

/** Payment days that passed after their mandate had ended and that no event mentions yet. */
export const missedDays = (link: Link, today: Day): Day[] => {
  if (link.closed || !feePaid(link) || undatedMonths(link).length > 0) return [];
  const until = daysLater(today, -REPORTED_AFTER_DAYS);
  const passed = abandonedDays(link).filter((day) => day <= until);
  if (passed.length === 0) return passed;
  const charged = monthsCharged(link);
  const isMissed = (month: string) => !charged.has(month) && link.months[month] === undefined;
  return passed.filter((day) => isMissed(day.slice(0, 7)) && feeOn(link, day) > 0);
};

/** Days on which a subscription that ended with its mandate should have collected, until the next one began. */
const abandonedDays = (link: Link): Day[] => {
  const present = dayOfMonth(link.preferredPaymentDay);
  const collecting = collectingNow(link);
  const plans = link.subscriptions
    .filter(({ startDate }) => startDate !== undefined)
    .sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  if (plans.length === 0) return neverBegun(link, present);
  return plans.flatMap((plan, index) => {
    // If it ended although its mandate lives, it was finished or the club cancelled it.
    if (collecting.includes(plan) || (plan.ended && !plan.withMandate)) return [];
    const { payments = 0, dayOfMonth: day = present } = plan;
    const [start, next] = [startOf(plan), plans[index + 1]];
    const days = collectionsBetween(start, daysLater(start, 31 * payments), day).slice(0, payments);
    const end = endOf(link, plan);
    // A day before its end without a payment is one that the club paused. The next one may collect on another day of the same month.
    return days.filter((one) => one >= end && (!next || one.slice(0, 7) < startOf(next).slice(0, 7)));
  });
};

const startOf = ({ startDate = "" }: Subscription): Day => startDate;

/** When a subscription ended with its mandate. Either end may be reported late or not at all, so the earlier one counts. */
const endOf = (link: Link, { mandateId, endedAt }: Subscription): Day => {
  const mandate = link.mandates[successorOf(link, mandateId)];
  const ends = [endedAt, mandate?.word === "ended" ? mandate.at : undefined];
  const [first = ""] = ends.filter((at) => at !== undefined).sort();
  return first && londonDay(first);
};

/** All days, if the mandate ended before it had a subscription. */
const neverBegun = (link: Link, day: number): Day[] => {
  const { monthlyFrom = "", monthlyUntil, mandates, requests } = link;
  const [paidAt] = requests.flatMap(({ fulfilledAt }) => fulfilledAt ?? []).sort();
  if (!monthlyUntil || !paidAt || hasMandate(link) || Object.keys(mandates).length === 0) return [];
  const noticed = daysLater(londonDay(paidAt), NOTICE_DAYS);
  return collectionsBetween(monthlyFrom > noticed ? monthlyFrom : noticed, monthlyUntil, day);
};
