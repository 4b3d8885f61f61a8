import { isReversal, type LastWord, type PaymentWord } from "./fates.ts";
import type { BillingRequest, Link, Subscription } from "./state.ts";

export type PaymentStatus = "pending" | "paid" | "failed" | "charged_back" | "cancelled";

/** What the parent still has to do. */
export interface Owed {
  readonly feePence: number;
  readonly mandate: boolean;
}

interface FeePayment {
  readonly madeAt: string;
  readonly last?: LastWord<PaymentWord>;
}

/**
 * Each attempt to pay the fee: the fulfilled requests that asked for it, with their payments. GoCardless may leave the
 * payment's id out of the fulfilled event, or report the payment first; such payments are matched to such requests in
 * order of their ids, so that the order of arrival does not matter.
 */
const feePayments = (link: Link): FeePayment[] => {
  const named = new Set(link.requests.map((r) => r.paymentId));
  const loose = Object.keys(link.payments)
    .filter((id) => !named.has(id) && !link.monthly.includes(id))
    .sort();
  const made = link.requests.flatMap((request): FeePayment[] => {
    if (!request.fulfilledAt || request.feePence === 0) return [];
    const last = link.payments[request.paymentId ?? loose.shift() ?? ""];
    return [{ madeAt: request.fulfilledAt, ...(last && { last }) }];
  });
  const reportedFirst = loose.flatMap((id) => {
    const last = link.payments[id];
    return last ? [{ madeAt: last.at, last }] : [];
  });
  return [...made, ...reportedFirst];
};

const fulfilled = (link: Link): BillingRequest[] => link.requests.filter((r) => r.fulfilledAt);

/** When the payment was made that has not gone back; undefined when there is none. */
const paidSince = (link: Link): string | undefined => {
  if (link.feePence === 0) return fulfilled(link).at(-1)?.fulfilledAt;
  return feePayments(link)
    .filter(({ last }) => !isReversal(last?.word))
    .map(({ madeAt }) => madeAt)
    .sort()
    .at(-1);
};

const lastReversal = (link: Link) =>
  feePayments(link)
    .flatMap(({ last }) => (last && isReversal(last.word) ? [{ word: last.word, at: last.at }] : []))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .at(-1);

export const feePaid = (link: Link): boolean => paidSince(link) !== undefined;

/** Whether a Direct Debit mandate exists that has not ended. */
export const hasMandate = (link: Link): boolean => {
  const alive = Object.values(link.mandates).some(({ word }) => word === "active");
  const justMade = fulfilled(link).some((r) => r.mandate && r.mandateId && !link.mandates[r.mandateId]);
  // The fulfilled event may leave the mandate's id out.
  const unnamed =
    Object.keys(link.mandates).length === 0 && fulfilled(link).some((r) => r.mandate && r.mandateId === undefined);
  return alive || justMade || unnamed;
};

/** The mandate that a subscription can be made on. */
export const usableMandate = (link: Link): string | undefined =>
  Object.entries(link.mandates)
    .filter(([, { word }]) => word === "active")
    .sort(([, a], [, b]) => (a.at < b.at ? -1 : 1))
    .at(-1)?.[0];

/** What was ever made to collect on a mandate, or came to it from those that it replaced. */
export const subscriptionsOn = (link: Link, mandateId: string | undefined): readonly Subscription[] =>
  link.subscriptions.filter((subscription) => heirOf(link, subscription.mandateId) === mandateId);

/** What collects, the oldest first. The provider reports the end of a mandate, of its subscription, or of both. */
export const collectingNow = (link: Link): readonly Subscription[] =>
  link.subscriptions.filter((s) => !s.ended && link.mandates[heirOf(link, s.mandateId)]?.word !== "ended");

const heirOf = ({ replaced = {} }: Link, mandateId: string): string => {
  let heir = mandateId;
  // No more steps than there are replacements: reports may name them in a circle.
  for (const _ of Object.keys(replaced)) heir = replaced[heir] ?? heir;
  return heir;
};

/**
 * `collecting`: whether monthly fees are still to be collected, so that a mandate is of use. A link that never asked for
 * one, because the chat made it so, does not begin to.
 */
export const owed = (link: Link, collecting: boolean): Owed => ({
  feePence: feePaid(link) ? 0 : link.feePence,
  mandate: link.requests[0]?.mandate === true && link.monthlyFeePence > 0 && collecting && !hasMandate(link),
});

export const latestRequest = (link: Link): BillingRequest | undefined => link.requests.at(-1);

/** The billing request that the parent can finish now. */
export const openRequest = (link: Link): BillingRequest | undefined => {
  const last = latestRequest(link);
  return last && !last.fulfilledAt && !last.cancelledBy ? last : undefined;
};

/**
 * The open request that asks again for what is no longer so: the fee came back meanwhile, and must not be paid twice; or it went
 * while only the mandate was asked for, and that request will never ask for it.
 */
export const outdatedRequest = (link: Link, due: Owed): BillingRequest | undefined => {
  const open = openRequest(link);
  if (!open || open.id === link.id) return undefined;
  const nothingDue = due.feePence === 0 && !due.mandate;
  return nothingDue || open.feePence > 0 !== due.feePence > 0 ? open : undefined;
};

/** Called off: by the registration, or by somebody at GoCardless. */
export const calledOff = (link: Link): boolean => {
  const last = latestRequest(link);
  return link.closed || (last?.cancelledBy === "gocardless" && !last.fulfilledAt);
};

export const paymentStatus = (link: Link): { status: PaymentStatus; since: string } => {
  const paidAt = paidSince(link);
  if (paidAt) return { status: "paid", since: paidAt };
  const reversal = lastReversal(link);
  if (link.closed) return { status: "cancelled", since: reversal?.at ?? link.createdAt };
  if (reversal) return { status: reversal.word, since: reversal.at };
  return { status: calledOff(link) ? "cancelled" : "pending", since: link.createdAt };
};
