import { isReversal, type LastWord, matchPayments, type PaymentWord } from "@touchline/contracts";
import { chargeOf, failedMonths } from "./months.ts";
import { refundedPenceOf } from "./refunds.ts";
import type { BillingRequest, Link } from "./state.ts";

export interface LinkPayment {
  readonly id?: string | undefined;
  readonly madeAt: string;
  /** The part for the fee, and the months that it also pays for. */
  readonly feePence: number;
  readonly months: readonly string[];
  readonly sumPence: number;
  /** Reported before its request was fulfilled. Until then it counts as the fee. */
  readonly early?: boolean;
  readonly last?: LastWord<PaymentWord>;
}

/** Each payment through the link: the fulfilled requests that asked for money, with their payments. */
export const linkPayments = ({ requests, payments, months, feePence: fee }: Link): LinkPayment[] =>
  matchPayments(requests, (request) => !!request.fulfilledAt && sumOf(request) > 0, payments, months).map(
    ({ id, request, fate }) => {
      const last = fate && { last: fate };
      if (!request)
        return { id, madeAt: fate?.at ?? "", feePence: fee, months: [], sumPence: fee, early: true, ...last };
      const { fulfilledAt: madeAt = "", feePence, months: asked = [] } = request;
      return { id, madeAt, feePence, months: asked, sumPence: sumOf(request), ...last };
    },
  );

const sumOf = ({ feePence, monthsPence = 0 }: BillingRequest): number => feePence + monthsPence;

export const forFee = ({ feePence }: LinkPayment): boolean => feePence > 0;

/** The club refunded all of it on purpose. Whatever the bank says later, it is not asked for again. */
export const isFullyRefunded = (link: Link, { id, sumPence }: LinkPayment): boolean =>
  sumPence > 0 && refundedPenceOf(link, id) >= sumPence;

/** Payments through the link that the club has. */
export const goodPayments = (link: Link): LinkPayment[] =>
  linkPayments(link).filter((payment) => !isReversal(payment.last?.word) && !isFullyRefunded(link, payment));

/** The months that payments through the link were for. A refunded one is settled between the club and the family. */
const coveredMonths = (link: Link): ReadonlySet<string> =>
  new Set(
    linkPayments(link)
      .filter((payment) => !isReversal(payment.last?.word) || isFullyRefunded(link, payment))
      .flatMap(({ months }) => months.map(chargeOf(link))),
  );

/** Months that failed for good and were not paid through the link since. */
export const missedMonths = (link: Link): string[] => {
  const failed = failedMonths(link);
  if (failed.length === 0) return failed;
  const covered = coveredMonths(link);
  return failed.filter((id) => !covered.has(id));
};

/** Refunds of the fee. Refunds of missed months in the same payment count too. */
export const refundedPence = (link: Link): number =>
  linkPayments(link)
    .filter(forFee)
    .reduce((sum, { id }) => sum + refundedPenceOf(link, id), 0);
