import { type PaymentEvent, refundRefusalReasons } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import type { PaymentDecision } from "./decide.ts";
import { goodPayments, type LinkPayment } from "./link-payments.ts";
import { missedDays } from "./missed-days.ts";
import { amountOf, chargeOf, isCollected } from "./months.ts";
import { spokenForPence } from "./refunds.ts";
import { monthlyStanding } from "./standing.ts";
import type { Link } from "./state.ts";
import { feeOn } from "./terms.ts";

/** Announces the state of the monthly fees. No events if nothing has changed. */
export const announceMonths =
  (collecting: boolean, now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none" || !monthsChanged(state, collecting)) return [];
    const standing = monthlyStanding(state, collecting);
    const { mandatesGone, mandate } = state.announcedMonths ?? { mandatesGone: 0, mandate: "none" };
    const goneNow = standing.mandate === "gone";
    const mandateGoneAt = goneNow && lastEnded(state);
    return [
      {
        type: "MonthlyStatusChanged",
        data: {
          billingRequestId: state.id,
          registrationId: state.registrationId,
          ...standing,
          mandatesGone: mandatesGone + (goneNow && mandate !== "gone" ? 1 : 0),
          ...(mandateGoneAt && { mandateGoneAt }),
          changedAt: now.toISOString(),
        },
      },
    ];
  };

/** Records months whose day has passed without a mandate. No events if there are none, or they are recorded. */
export const missMonths =
  (now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none") return [];
    const about = { billingRequestId: state.id, noticedAt: now.toISOString() };
    return missedDays(state, londonDay(now)).map((dueOn) => ({
      type: "MonthlyFeeMissed",
      data: { ...about, month: dueOn.slice(0, 7), dueOn, amountPence: feeOn(state, dueOn) },
    }));
  };

/** A mandate is announced only after one was missing. */
export const monthsChanged = (link: Link, collecting: boolean): boolean => {
  const now = monthlyStanding(link, collecting);
  const before = link.announcedMonths ?? { behindPence: 0, monthsMissed: 0, mandate: "none", paidTwicePence: 0 };
  return (
    now.behindPence !== before.behindPence ||
    now.monthsMissed !== before.monthsMissed ||
    now.paidTwicePence !== before.paidTwicePence ||
    (now.mandate === "gone") !== (before.mandate === "gone")
  );
};

const lastEnded = ({ mandates }: Link): string | undefined =>
  Object.values(mandates)
    .flatMap(({ word, at }) => (word === "ended" ? [at] : []))
    .sort()
    .at(-1);

export interface RefundFacts {
  readonly refundRequestId: string;
  readonly amountPence: number;
  readonly now: Date;
}

/** The club wants to refund money: from one payment, and never more than it still has of it. */
export const requestRefund =
  ({ refundRequestId, amountPence, now }: RefundFacts): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.wishes.some(({ id }) => id === refundRequestId)) return [];
    const payment = refundable(state).find(({ leftPence }) => leftPence >= amountPence);
    const wish = { billingRequestId: state.id, refundRequestId };
    if (!payment) {
      const code = "more_than_refundable";
      return [refused(wish, code, refundRefusalReasons[code], now)];
    }
    const totalPence = spokenForPence(state, payment.id) + amountPence;
    const data = { ...wish, paymentId: payment.id, amountPence, totalPence, requestedAt: now.toISOString() };
    return [{ type: "RefundRequested", data }];
  };

/** The provider will not make the refund. */
export const refuseRefund =
  (refundRequestId: string, code: string, reason: string, now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" || state.wishes.find(({ id }) => id === refundRequestId)?.refused !== false
      ? []
      : [refused({ billingRequestId: state.id, refundRequestId }, code, reason, now)];

const refused = (
  wish: { billingRequestId: string; refundRequestId: string },
  code: string,
  reason: string,
  now: Date,
): PaymentEvent => ({ type: "RefundRefused", data: { ...wish, code, reason, refusedAt: now.toISOString() } });

/** The family's payments that can be refunded: first what was paid twice, then the fee, then the months, latest first. */
const refundable = (link: Link): { id: string; leftPence: number }[] => {
  const paid = goodPayments(link).toReversed();
  const isTwice = ({ months }: LinkPayment) => months.map(chargeOf(link)).some((id) => isCollected(link, id));
  const sums = [...paid.filter(isTwice), ...paid.filter((payment) => !isTwice(payment))];
  const months = Object.keys(link.months).filter((id) => isCollected(link, id));
  return [
    ...sums.flatMap(({ id, sumPence }) => (id ? [{ id, sumPence }] : [])),
    ...months.toReversed().map((id) => ({ id, sumPence: amountOf(link, id) })),
  ].map(({ id, sumPence }) => ({ id, leftPence: sumPence - spokenForPence(link, id) }));
};
