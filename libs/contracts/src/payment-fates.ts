import type { PaymentEvent } from "./events/payment.ts";
import { CLOCK_SKEW_MS } from "./limits.ts";

/** The latest report on a payment or mandate. Facts come in any order, so the provider's clock decides which is latest. */
export interface LastWord<W extends string> {
  readonly word: W;
  readonly at: string;
  readonly eventId: string;
}

export type PaymentWord =
  | "submitted"
  | "confirmed"
  | "paid_out"
  | "failed"
  | "skipped"
  | "resubmitted"
  | "charged_back"
  | "chargeback_cancelled";

/** The word for each report about a payment through the link. */
export const paymentWords = {
  PaymentConfirmed: "confirmed",
  PaymentPaidOut: "paid_out",
  PaymentFailed: "failed",
  PaymentResubmitted: "resubmitted",
  PaymentChargedBack: "charged_back",
  PaymentChargebackCancelled: "chargeback_cancelled",
} as const satisfies Partial<Record<PaymentEvent["type"], PaymentWord>>;

/** The word for each report about a monthly fee. */
export const monthWords = {
  MonthlyPaymentSubmitted: "submitted",
  MonthlyPaymentCollected: "confirmed",
  MonthlyPaymentPaidOut: "paid_out",
  MonthlyPaymentFailed: "failed",
  MonthlyPaymentRetried: "resubmitted",
  MonthlyPaymentSkipped: "skipped",
  MonthlyPaymentChargedBack: "charged_back",
} as const satisfies Partial<Record<PaymentEvent["type"], PaymentWord>>;

/** What became of a payment: the last word that counts, and the words behind it. */
export interface PaymentFate extends LastWord<PaymentWord> {
  /** The last word that is not about a settlement. */
  readonly own?: LastWord<PaymentWord>;
  /** The last settlement of each kind. A settlement comes days after a reversal, when the provider deducts the money from a payout. */
  readonly settled?: Readonly<Partial<Record<Reversal, LastWord<PaymentWord>>>>;
  /** The kinds of reversal that were themselves reported. */
  readonly reversed?: readonly Reversal[];
}

/** The word for a fact, whether it was reported to us or read by us. */
export const wordOf = <W extends string>(
  word: W,
  { occurredAt, providerEventId, via }: { occurredAt: string; providerEventId?: string; via: string },
): LastWord<W> => ({
  word,
  // What we read has our clock's time, which may be ahead of the provider's: it must not win over later bad news.
  at: via === "read" && word === "active" ? beforeSkew(occurredAt) : occurredAt,
  eventId: providerEventId ?? "",
});

const beforeSkew = (at: string): string => new Date(Date.parse(at) - CLOCK_SKEW_MS).toISOString();

export type Reversal = Extract<PaymentWord, "failed" | "charged_back">;

export const isReversal = (word: PaymentWord | undefined): word is Reversal =>
  word === "failed" || word === "charged_back";

/** Whether the club has the money, or will have it by the next payout. */
export const isCollectedWord = (word: string | undefined): boolean =>
  word === "confirmed" || word === "paid_out" || word === "chargeback_cancelled";

/** When two facts have the same time, the one that comes later in a payment's life wins. */
const paymentOrder: readonly PaymentWord[] = [
  "submitted",
  "confirmed",
  "paid_out",
  "failed",
  "skipped",
  "resubmitted",
  "charged_back",
  "chargeback_cancelled",
];

export const laterWord = <W extends string>(
  order: readonly W[],
  a: LastWord<W> | undefined,
  b: LastWord<W>,
): LastWord<W> => {
  if (!a) return b;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  if (a.word !== b.word) return order.indexOf(a.word) > order.indexOf(b.word) ? a : b;
  return a.eventId >= b.eventId ? a : b;
};

/** GoCardless reports these days after a reversal, once it has deducted the money from a payout. */
const settlements: ReadonlySet<string> = new Set(["late_failure_settled", "chargeback_settled"]);

/** Whether the `action` of a stored event is a settlement. */
export const isSettlement = (action: string): boolean => settlements.has(action);

/** Why a bank ends a mandate. */
const banksReasons: ReadonlySet<string> = new Set([
  "account_blocked_for_any_financial_transaction",
  "authorisation_disputed",
  "bank_account_closed",
  "bank_account_transferred",
  "direct_debit_not_enabled",
  "initial_one_off_payment_failed",
  "invalid_bank_details",
  "other",
  "payment_stopped",
  "refer_to_payer",
  "return_on_odfi_request",
]);

/**
 * Whether a subscription ended because its mandate did. `cause` is the stored event's: mandate_cancelled and the like, or the bank's
 * reason. A cause that we do not know counts as the club's: nothing is collected on a guess.
 */
export const endedWithMandate = (cause: string | undefined): boolean =>
  cause !== undefined && (cause.startsWith("mandate_") || banksReasons.has(cause));

/**
 * A settlement says that the money went back some time ago. It counts only if that reversal was not itself reported. If it was,
 * the payment may have been resubmitted since, or its charge-back withdrawn.
 */
export const fateOf = (before: PaymentFate | undefined, word: LastWord<PaymentWord>, settles: boolean): PaymentFate => {
  let { own, settled = {}, reversed = [] } = before ?? {};
  if (!settles) own = laterWord(paymentOrder, own, word);
  // A payment that is tried again has failed before.
  const reversal = word.word === "resubmitted" ? "failed" : word.word;
  if (isReversal(reversal)) {
    if (settles) settled = { ...settled, [reversal]: laterWord(paymentOrder, settled[reversal], word) };
    else reversed = [...new Set([...reversed, reversal])].sort();
  }
  const unreported = Object.values(settled).filter((settlement) => !reversed.some((kind) => kind === settlement.word));
  const last = unreported.reduce((a, b) => laterWord(paymentOrder, a, b), own);
  return { ...(last ?? word), ...(own && { own }), settled, reversed };
};
