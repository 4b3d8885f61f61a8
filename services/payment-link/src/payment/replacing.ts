import { collectionsBetween, type Day, dayOfMonth, daysLater } from "@touchline/contracts";
import { successorOf } from "./mandate-words.ts";
import type { Link, Subscription } from "./state.ts";
import { collectingNow } from "./status.ts";
import { wasAmended } from "./terms.ts";

/**
 * A subscription's day cannot change, so a new day needs a new subscription. The new one begins with the first month that it can
 * have to itself. Until then the old one collects; it ends when it has no day left before that. So each month has one collection.
 */

/** Collections this near stay with the old one, because the provider may have begun them. */
const BEGUN_DAYS = 10;

/** The subscription that collects on a mandate, if its day is no longer the agreed one. */
export const onAnotherDay = (link: Link, mandateId: string): Subscription | undefined => {
  const newest = collectingNow(link).at(-1);
  if (!newest || !wasAmended(link) || successorOf(link, newest.mandateId) !== mandateId) return undefined;
  return newest.dayOfMonth === dayOfMonth(link.preferredPaymentDay) ? undefined : newest;
};

/** The first day of the next subscription's first month. */
export const firstMonthLeft = ({ startDate = "", dayOfMonth: day = -1 }: Subscription, today: Day): Day => {
  const free = daysLater(today, BEGUN_DAYS + 1);
  const from = startDate > free ? startDate : free;
  const [first = from] = collectionsBetween(from, daysLater(from, 31), day);
  return `${first.slice(0, 7)}-01`;
};

/** A subscription that still collects but has no day left before the next one takes over. */
export const outlived = (link: Link, today: Day): Subscription | undefined =>
  collectingNow(link).find((one) => {
    const { startDate = "", dayOfMonth: day = -1 } = one;
    const [next] = madeAfter(link, one).sort();
    if (next === undefined) return false;
    const until = daysLater(`${next.slice(0, 7)}-01`, -1);
    return collectionsBetween(startDate > today ? startDate : today, until, day).length === 0;
  });

/** The start dates of later subscriptions on its mandate. */
const madeAfter = (link: Link, one: Subscription): Day[] => {
  const mandate = successorOf(link, one.mandateId);
  const later = link.subscriptions.slice(link.subscriptions.indexOf(one) + 1);
  return later.flatMap(({ startDate, mandateId }) =>
    startDate && successorOf(link, mandateId) === mandate ? [startDate] : [],
  );
};

/** A subscription whose amount is not the agreed one. */
export const withAnotherAmount = (link: Link): Subscription | undefined =>
  wasAmended(link) && link.monthlyFeePence > 0
    ? collectingNow(link).find(({ amountPence }) => amountPence !== link.monthlyFeePence)
    : undefined;
