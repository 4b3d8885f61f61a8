import { dayOfMonth, isReversal, type Reversal } from "@touchline/contracts";
import { elsewherePence, type MoneyRecord, standingRecords } from "./elsewhere.ts";
import { forFee, givenBack, goodPayments, type LinkPayment, linkPayments, missedMonths } from "./link-payments.ts";
import { heirOf } from "./mandate-words.ts";
import { amountOf } from "./months.ts";
import { givenBackAt } from "./refunds.ts";
import type { BillingRequest, Link, Subscription } from "./state.ts";

export type PaymentStatus = "pending" | "paid" | "failed" | "charged_back" | "cancelled" | "refunded" | "waived";

/** What the parent still has to do. */
export interface Owed {
  readonly feePence: number;
  readonly mandate: boolean;
  /** Missed months, by payment id. */
  readonly months: readonly string[];
  readonly monthsPence: number;
}

const fulfilled = (link: Link): BillingRequest[] => link.requests.filter((r) => r.fulfilledAt);

/** When the payment was made that has not gone back; undefined when there is none. */
const paidSince = (link: Link): string | undefined => {
  if (link.feePence === 0) return fulfilled(link).findLast((r) => !r.months)?.fulfilledAt;
  const paid = goodPayments(link).filter(forFee);
  const elsewhere = standingRecords(link);
  if (openOf(link, paid, elsewhere) > 0) return undefined;
  return [...paid.map(({ madeAt }) => madeAt), ...elsewhere.map(({ recordedAt }) => recordedAt)].sort().at(-1);
};

/** What of the fee has neither come nor been settled elsewhere. */
export const feeOpenPence = (link: Link): number =>
  openOf(link, goodPayments(link).filter(forFee), standingRecords(link));

const openOf = (link: Link, paid: readonly LinkPayment[], elsewhere: readonly MoneyRecord[]): number => {
  const settledPence = elsewhere.reduce((sum, { amountPence }) => sum + amountPence, 0);
  // A payment that nothing was settled beside is all that was asked for, whatever the sum.
  if (settledPence === 0 && paid.length > 0) return 0;
  return Math.max(0, link.feePence - settledPence - paid.reduce((sum, { feePence }) => sum + feePence, 0));
};

/** Whether nothing of the fee came through the link. */
export const settledElsewhere = (link: Link): boolean => elsewherePence(link) > 0 && !goodPayments(link).some(forFee);

const waived = (link: Link): boolean =>
  settledElsewhere(link) && standingRecords(link).every(({ kind }) => kind === "waiver");

/** How the last payment ended that the club does not have. */
const lastEnd = (link: Link) =>
  linkPayments(link)
    .filter(forFee)
    .flatMap((payment): { readonly word: Reversal | "refunded"; readonly at: string }[] => {
      if (givenBack(link, payment)) return [{ word: "refunded", at: givenBackAt(link, payment.id) }];
      const { last } = payment;
      return last && isReversal(last.word) ? [{ word: last.word, at: last.at }] : [];
    })
    .sort((a, b) => (`${a.at} ${a.word}` < `${b.at} ${b.word}` ? -1 : 1))
    .at(-1);

/** Of a fee that is not paid: whether the club gave it back. */
const isRefunded = (link: Link): boolean => lastEnd(link)?.word === "refunded";

export const feePaid = (link: Link): boolean => paidSince(link) !== undefined;

/** Whether a Direct Debit mandate exists that has not ended. */
export const hasMandate = (link: Link): boolean => {
  const alive = usableMandate(link) !== undefined;
  const justMade = fulfilled(link).some((r) => r.mandate && r.mandateId && !link.mandates[r.mandateId]);
  // The fulfilled event may leave the mandate's id out.
  const unnamed =
    Object.keys(link.mandates).length === 0 && fulfilled(link).some((r) => r.mandate && r.mandateId === undefined);
  return alive || justMade || unnamed;
};

/** The mandate that a subscription can be made on. Not one that was replaced, whatever its bank says: GoCardless refuses that. */
export const usableMandate = (link: Link): string | undefined =>
  Object.entries(link.mandates)
    .filter(([id, { word }]) => word === "active" && link.replaced?.[id] === undefined)
    .sort(([, a], [, b]) => (a.at < b.at ? -1 : 1))
    .at(-1)?.[0];

/** What was ever made to collect on a mandate, or came to it from those that it replaced. */
export const subscriptionsOn = (link: Link, mandateId: string | undefined): readonly Subscription[] =>
  link.subscriptions.filter((subscription) => heirOf(link, subscription.mandateId) === mandateId);

/** What collects, the oldest first. The provider reports the end of a mandate, of its subscription, or of both. */
export const collectingNow = (link: Link): readonly Subscription[] =>
  link.subscriptions.filter((s) => !s.ended && link.mandates[heirOf(link, s.mandateId)]?.word !== "ended");

/**
 * Whether there is something to collect by a mandate. A link that never asked for one, because the chat made it so, does not
 * begin to, unless there was no monthly fee at first.
 */
export const asksMandate = ({ requests, terms, monthlyFeePence }: Link): boolean =>
  monthlyFeePence > 0 && (requests[0]?.mandate === true || terms[0]?.monthlyFeePence === 0);

/** `collecting`: whether monthly fees are still to be collected, so that a mandate is of use. */
export const owed = (link: Link, collecting: boolean): Owed => {
  const paid = feePaid(link);
  // The club gave the money back: what follows from that, it arranges itself.
  if (!paid && isRefunded(link)) return { feePence: 0, mandate: false, months: [], monthsPence: 0 };
  const months = missedMonths(link);
  return {
    feePence: paid ? 0 : feeOpenPence(link),
    mandate: asksMandate(link) && collecting && !hasMandate(link),
    months,
    monthsPence: months.reduce((sum, id) => sum + amountOf(link, id), 0),
  };
};

/** Whether something is owed. */
export const isOwed = ({ feePence, mandate, monthsPence }: Owed): boolean => feePence > 0 || mandate || monthsPence > 0;

const latestRequest = (link: Link): BillingRequest | undefined => link.requests.at(-1);

/** The billing request that the parent can finish now. */
export const openRequest = (link: Link): BillingRequest | undefined => {
  const last = latestRequest(link);
  return last && !last.fulfilledAt && !last.cancelledBy ? last : undefined;
};

/**
 * The open request that asks again for what is no longer so: the fee or a month came in meanwhile, and must not be paid twice; or
 * more is missing by now, and that request will never ask for it. Or the first one, when the parent would agree to other terms.
 */
export const outdatedRequest = (link: Link, due: Owed): BillingRequest | undefined => {
  const open = openRequest(link);
  if (open && (open.mandate || due.mandate) && isOwed(due) && saysOtherwise(link, open)) return open;
  if (!open || open.id === link.id) return undefined;
  const otherFee =
    open.feePence > 0 !== due.feePence > 0 || (link.elsewhere.length > 0 && open.feePence !== due.feePence);
  const otherMoney = otherFee || (open.monthsPence ?? 0) !== due.monthsPence;
  const mandateToo = due.monthsPence > 0 && due.mandate && !open.mandate;
  return !isOwed(due) || otherMoney || mandateToo ? open : undefined;
};

/** Whether a request's words to the parent are of a monthly fee or payment day that was amended since. */
export const saysOtherwise = (link: Link, { words }: BillingRequest): boolean =>
  words.monthlyFeePence !== link.monthlyFeePence ||
  dayOfMonth(words.preferredPaymentDay) !== dayOfMonth(link.preferredPaymentDay);

/** Called off: by the registration, or by somebody at GoCardless. */
export const calledOff = (link: Link): boolean => {
  const last = latestRequest(link);
  return link.closed || (last?.cancelledBy === "gocardless" && !last.fulfilledAt);
};

export const paymentStatus = (link: Link): { status: PaymentStatus; since: string } => {
  const paidAt = paidSince(link);
  if (paidAt) return { status: waived(link) ? "waived" : "paid", since: paidAt };
  const end = lastEnd(link);
  if (end?.word === "refunded") return { status: end.word, since: end.at };
  if (link.closed) return { status: "cancelled", since: end?.at ?? link.createdAt };
  if (end) return { status: end.word, since: end.at };
  return { status: calledOff(link) ? "cancelled" : "pending", since: link.createdAt };
};
