import type { Day, PaymentEvent } from "@touchline/contracts";
import { londonDay } from "@touchline/london";

/** What is collected each month, and on which day: 1–31, or -1 for the month's last. */
export interface MonthlyTerms {
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
}

export interface AgreedTerms extends MonthlyTerms {
  /** 0 for the link's first terms. */
  readonly count: number;
  readonly at: string;
  /** The day on which they were agreed. They apply from the next day. */
  readonly on: Day;
}

interface WithTerms extends MonthlyTerms {
  readonly terms: readonly AgreedTerms[];
  readonly monthlyFrom?: Day;
  readonly monthlyUntil?: Day;
}

export const termsOf = ({ monthlyFeePence, preferredPaymentDay }: MonthlyTerms): MonthlyTerms => ({
  monthlyFeePence,
  preferredPaymentDay,
});

export const agreedTerms = (terms: MonthlyTerms, count: number, at: string): AgreedTerms => ({
  ...termsOf(terms),
  count,
  at,
  on: londonDay(at),
});

/** Undefined if the event is not about terms. */
export const applyTerms = <T extends WithTerms>(link: T, event: PaymentEvent): T | undefined => {
  if (event.type !== "PaymentLinkAmended") return undefined;
  const { count, amendedAt, monthlyFrom, monthlyUntil } = event.data;
  const { monthlyFrom: _, monthlyUntil: __, ...rest } = link;
  return {
    ...(rest as T),
    ...termsOf(event.data),
    terms: [...link.terms, agreedTerms(event.data, count, amendedAt)],
    ...(monthlyFrom && monthlyUntil && { monthlyFrom, monthlyUntil }),
  };
};

export const wasAmended = ({ terms }: Pick<WithTerms, "terms">): boolean => terms.length > 1;

/** The monthly fee as of a day. */
export const feeOn = ({ terms, monthlyFeePence }: WithTerms, day: Day): number =>
  (terms.findLast(({ count, on }) => count === 0 || on < day) ?? { monthlyFeePence }).monthlyFeePence;

/** Whether there was no monthly fee at a time. */
export const wasFree = ({ terms }: Pick<WithTerms, "terms">, at: string): boolean =>
  terms.findLast((one) => one.at <= at)?.monthlyFeePence === 0;
