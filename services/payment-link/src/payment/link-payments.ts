import { isReversal, type LastWord, matchPayments, type PaymentWord } from "@touchline/contracts";
import { chargeOf, failedMonths } from "./months.ts";
import { givenBackPence } from "./refunds.ts";
import type { BillingRequest, Link } from "./state.ts";

export interface LinkPayment {
  readonly id?: string | undefined;
  readonly madeAt: string;
  /** What of it is for the fee, and which months it is for besides. */
  readonly feePence: number;
  readonly months: readonly string[];
  readonly sumPence: number;
  /** Reported before its request was fulfilled: it is taken for the fee until then. */
  readonly early?: boolean;
  readonly last?: LastWord<PaymentWord>;
}

/** Each attempt to pay through the link: the fulfilled requests that asked for money, with their payments. */
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

/** All of it, on purpose: whatever the bank says of the payment after that, it is not asked for again. */
export const givenBack = (link: Link, { id, sumPence }: LinkPayment): boolean =>
  sumPence > 0 && givenBackPence(link, id) >= sumPence;

/** Payments through the link that the club has. */
export const goodPayments = (link: Link): LinkPayment[] =>
  linkPayments(link).filter((payment) => !isReversal(payment.last?.word) && !givenBack(link, payment));

/** The months that payments through the link were for. One that was given back is settled between club and family. */
const coveredMonths = (link: Link): ReadonlySet<string> =>
  new Set(
    linkPayments(link)
      .filter((payment) => !isReversal(payment.last?.word) || givenBack(link, payment))
      .flatMap(({ months }) => months.map(chargeOf(link))),
  );

/** Failed for good, and not paid through the link since. */
export const missedMonths = (link: Link): string[] => {
  const failed = failedMonths(link);
  if (failed.length === 0) return failed;
  const covered = coveredMonths(link);
  return failed.filter((id) => !covered.has(id));
};

/** Of the fee; what was given back of a missed month that the link asked for with it counts too. */
export const refundedPence = (link: Link): number =>
  linkPayments(link)
    .filter(forFee)
    .reduce((sum, { id }) => sum + givenBackPence(link, id), 0);
