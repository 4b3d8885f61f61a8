import { elsewherePence, mayBeInParts } from "./elsewhere.ts";
import { goodPayments, missedMonths } from "./link-payments.ts";
import { amountOf, chargeOf, isCollected, type MonthlyStanding } from "./months.ts";
import { refundedPenceOf } from "./refunds.ts";
import type { Link } from "./state.ts";
import { asksMandate, feePaid, hasMandate } from "./status.ts";

/** `collecting`: whether there are monthly fees left to collect, so that a mandate is of use. */
export const monthlyStanding = (link: Link, collecting: boolean): MonthlyStanding => {
  const missed = link.closed ? [] : missedMonths(link);
  return {
    behindPence: missed.reduce((sum, id) => sum + amountOf(link, id), 0),
    monthsMissed: missed.length,
    mandate: mandateStanding(link, collecting),
    paidTwicePence: paidTwicePence(link),
  };
};

/** A family that owes the fee is asked for the fee first. */
const mandateStanding = (link: Link, collecting: boolean): MonthlyStanding["mandate"] => {
  if (hasMandate(link)) return "active";
  const wanted = !link.closed && collecting && asksMandate(link);
  return wanted && feePaid(link) && Object.keys(link.mandates).length > 0 ? "gone" : "none";
};

/** What the parent pays through the link may also come in by a late collection, or because the club collects it at the provider. */
export const paidTwicePence = (link: Link): number => {
  const good = goodPayments(link)
    .filter(({ early }) => !early)
    .map((payment) => ({ ...payment, months: payment.months.map(chargeOf(link)) }));
  const fees = good.filter(({ feePence }) => feePence > 0);
  const elsewhere = elsewherePence(link);
  const came = fees.reduce((sum, { feePence }) => sum + feePence, elsewhere);
  const twice = mayBeInParts(link)
    ? [Math.max(0, came - link.feePence)]
    : fees.slice(1).map(({ feePence }) => feePence);
  const payers = new Set(fees.length > 1 || elsewhere > 0 ? fees.map(({ id }) => id) : []);
  for (const month of new Set([...Object.keys(link.months), ...good.flatMap(({ months }) => months)])) {
    const by = good.filter(({ months }) => months.includes(month)).map(({ id }) => id);
    if (isCollected(link, month) && refundedPenceOf(link, month) < amountOf(link, month)) by.push(month);
    for (const _ of by.slice(1)) twice.push(amountOf(link, month));
    if (by.length > 1) for (const id of by) payers.add(id);
  }
  const returned = [...payers].reduce((sum, id) => sum + refundedPenceOf(link, id), 0);
  return Math.max(0, twice.reduce((a, b) => a + b, 0) - returned);
};
