import { dayOfMonth, isReversal, type PaymentStatus, type Reversal } from "@touchline/contracts";
import { countingRecords, elsewherePence, type MoneyRecord, mayBeInParts } from "./elsewhere.ts";
import {
  forFee,
  goodPayments,
  isFullyRefunded,
  type LinkPayment,
  linkPayments,
  missedMonths,
} from "./link-payments.ts";
import { successorOf } from "./mandate-words.ts";
import { amountOf } from "./months.ts";
import { refundedAt } from "./refunds.ts";
import type { BillingRequest, Link, Subscription } from "./state.ts";

/** What the parent still has to do. */
export interface Owed {
  readonly feePence: number;
  readonly mandate: boolean;
  /** Missed months, by payment id. */
  readonly months: readonly string[];
  readonly monthsPence: number;
}

const fulfilled = (link: Link): BillingRequest[] => link.requests.filter((r) => r.fulfilledAt);

/** When the fee was paid, if the money did not go back; otherwise undefined. */
const paidSince = (link: Link): string | undefined => {
  if (link.feePence === 0) return fulfilled(link).findLast((r) => !r.months)?.fulfilledAt;
  const paid = goodPayments(link).filter(forFee);
  const elsewhere = countingRecords(link);
  if (openOf(link, paid, elsewhere) > 0) return undefined;
  return [...paid.map(({ madeAt }) => madeAt), ...elsewhere.map(({ recordedAt }) => recordedAt)].sort().at(-1);
};

/** The part of the fee that was neither paid nor settled elsewhere. */
export const feeOpenPence = (link: Link): number =>
  openOf(link, goodPayments(link).filter(forFee), countingRecords(link));

const openOf = (link: Link, paid: readonly LinkPayment[], elsewhere: readonly MoneyRecord[]): number => {
  const settledPence = elsewhere.reduce((sum, { amountPence }) => sum + amountPence, 0);
  // If nothing was ever settled elsewhere, a payment covers the fee, whatever its sum.
  if (!mayBeInParts(link) && paid.length > 0) return 0;
  return Math.max(0, link.feePence - settledPence - paid.reduce((sum, { feePence }) => sum + feePence, 0));
};

/** Whether the fee was settled without any payment through the link. */
export const settledElsewhere = (link: Link): boolean => elsewherePence(link) > 0 && !goodPayments(link).some(forFee);

const waived = (link: Link): boolean =>
  settledElsewhere(link) && countingRecords(link).every(({ kind }) => kind === "waiver");

/** How the last payment that the club lost had ended. */
const lastEnd = (link: Link) =>
  linkPayments(link)
    .filter(forFee)
    .flatMap((payment): { readonly word: Reversal | "refunded"; readonly at: string }[] => {
      if (isFullyRefunded(link, payment)) return [{ word: "refunded", at: refundedAt(link, payment.id) }];
      const { last } = payment;
      return last && isReversal(last.word) ? [{ word: last.word, at: last.at }] : [];
    })
    .sort((a, b) => (`${a.at} ${a.word}` < `${b.at} ${b.word}` ? -1 : 1))
    .at(-1);

/** For an unpaid fee: whether the club refunded it. */
const isRefunded = (link: Link): boolean => lastEnd(link)?.word === "refunded";

export const feePaid = (link: Link): boolean => paidSince(link) !== undefined;

/** Whether a Direct Debit mandate exists that has not ended. */
export const hasMandate = (link: Link): boolean => {
  const alive = usableMandate(link) !== undefined;
  const justMade = fulfilled(link).some((r) => r.mandate && r.mandateId && !link.mandates[r.mandateId]);
  // The fulfilled event may leave out the mandate's id.
  const unnamed =
    Object.keys(link.mandates).length === 0 && fulfilled(link).some((r) => r.mandate && r.mandateId === undefined);
  return alive || justMade || unnamed;
};

/** The mandate on which a subscription can be created. Not a replaced one, whatever its bank says: GoCardless refuses that. */
export const usableMandate = (link: Link): string | undefined =>
  Object.entries(link.mandates)
    .filter(([id, { word }]) => word === "active" && link.replaced?.[id] === undefined)
    .sort(([, a], [, b]) => (a.at < b.at ? -1 : 1))
    .at(-1)?.[0];

/** All subscriptions ever on a mandate, including those from mandates that it replaced. */
export const subscriptionsOn = (link: Link, mandateId: string | undefined): readonly Subscription[] =>
  link.subscriptions.filter((subscription) => successorOf(link, subscription.mandateId) === mandateId);

/** The collecting subscriptions, oldest first. The provider reports the end of a mandate, of its subscription, or of both. */
export const collectingNow = (link: Link): readonly Subscription[] =>
  link.subscriptions.filter((s) => !s.ended && link.mandates[successorOf(link, s.mandateId)]?.word !== "ended");

/**
 * Whether the link asks for a mandate. If the chat created it without one, it never does, unless there was no monthly fee at
 * first.
 */
export const asksMandate = ({ requests, terms, monthlyFeePence }: Link): boolean =>
  monthlyFeePence > 0 && (requests[0]?.mandate === true || terms[0]?.monthlyFeePence === 0);

/** `collecting`: whether there are monthly fees left to collect, so that a mandate is of use. */
export const owed = (link: Link, collecting: boolean): Owed => {
  const paid = feePaid(link);
  // The club refunded the money and arranges the rest itself.
  if (!paid && isRefunded(link)) return { feePence: 0, mandate: false, months: [], monthsPence: 0 };
  const months = missedMonths(link);
  return {
    feePence: paid ? 0 : feeOpenPence(link),
    mandate: asksMandate(link) && collecting && !hasMandate(link),
    months,
    monthsPence: months.reduce((sum, id) => sum + amountOf(link, id), 0),
  };
};

export const isOwed = ({ feePence, mandate, monthsPence }: Owed): boolean => feePence > 0 || mandate || monthsPence > 0;

const latestRequest = (link: Link): BillingRequest | undefined => link.requests.at(-1);

/** The billing request that the parent can finish now. */
export const openRequest = (link: Link): BillingRequest | undefined => {
  const last = latestRequest(link);
  return last && !last.fulfilledAt && !last.cancelledBy ? last : undefined;
};

/**
 * An open request that no longer asks for the right thing. Either the fee or a month was paid in the meantime and must not be
 * paid twice, or more is missing than it asks for. The first request is outdated only if it shows terms that were amended since.
 */
export const outdatedRequest = (link: Link, due: Owed): BillingRequest | undefined => {
  const open = openRequest(link);
  if (open && (open.mandate || due.mandate) && isOwed(due) && showsOldTerms(link, open)) return open;
  if (!open || open.id === link.id) return undefined;
  const otherFee =
    open.feePence > 0 !== due.feePence > 0 || (link.elsewhere.length > 0 && open.feePence !== due.feePence);
  const otherMoney = otherFee || (open.monthsPence ?? 0) !== due.monthsPence;
  const mandateToo = due.monthsPence > 0 && due.mandate && !open.mandate;
  return !isOwed(due) || otherMoney || mandateToo ? open : undefined;
};

/** Whether a request shows the parent a monthly fee or payment day that was amended since. */
export const showsOldTerms = (link: Link, { words }: BillingRequest): boolean =>
  words.monthlyFeePence !== link.monthlyFeePence ||
  dayOfMonth(words.preferredPaymentDay) !== dayOfMonth(link.preferredPaymentDay);

/** Cancelled with the registration, or by somebody at GoCardless before anything was paid or set up through the link. */
export const calledOff = (link: Link): boolean =>
  link.closed || (latestRequest(link)?.cancelledBy === "gocardless" && fulfilled(link).length === 0);

export const paymentStatus = (link: Link): { status: PaymentStatus; since: string } => {
  const paidAt = paidSince(link);
  if (paidAt) return { status: waived(link) ? "waived" : "paid", since: paidAt };
  const end = lastEnd(link);
  if (end?.word === "refunded") return { status: end.word, since: end.at };
  if (link.closed) return { status: "cancelled", since: end?.at ?? link.createdAt };
  if (end) return { status: end.word, since: end.at };
  return { status: calledOff(link) ? "cancelled" : "pending", since: link.createdAt };
};
