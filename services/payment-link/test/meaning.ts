import { refundedPence } from "../src/payment/link-payments.ts";
import { monthlyStanding } from "../src/payment/standing.ts";
import type { Link } from "../src/payment/state.ts";
import { hasMandate, owed, paymentStatus, usableMandate } from "../src/payment/status.ts";

/** A link's result, however it was reached: what it owes and has, and its last announcement. */
export const meaning = (link: Link) => ({
  status: paymentStatus(link),
  owed: owed(link, true),
  mandate: hasMandate(link),
  refundedPence: refundedPence(link),
  months: monthlyStanding(link, true),
  usable: usableMandate(link),
  subscriptions: link.subscriptions,
  announced: lastSaid(link),
});

/** What services learn from the announcements alone. Before the first, a link is pending and nothing is missing. */
export const lastSaid = ({ announced = "pending", announcedRefundPence = 0, announcedMonths }: Link) => ({
  status: announced,
  refundedPence: announcedRefundPence,
  behindPence: announcedMonths?.behindPence ?? 0,
  monthsMissed: announcedMonths?.monthsMissed ?? 0,
  mandateGone: announcedMonths?.mandate === "gone",
  paidTwicePence: announcedMonths?.paidTwicePence ?? 0,
});

/** What should have been announced. */
export const truth = (link: Link): ReturnType<typeof lastSaid> => {
  const { behindPence, monthsMissed, mandate, paidTwicePence } = monthlyStanding(link, true);
  const { status } = paymentStatus(link);
  const refunded = refundedPence(link);
  return {
    status,
    refundedPence: refunded,
    behindPence,
    monthsMissed,
    mandateGone: mandate === "gone",
    paidTwicePence,
  };
};
