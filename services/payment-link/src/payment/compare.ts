import { isCollectedWord, type PaymentEvent, type PaymentWord } from "@touchline/contracts";
import { linkPayments } from "./link-payments.ts";
import {
  type CollectionState,
  cameBack,
  type MandateRecord,
  type PaymentRecord,
  type RefundRecord,
  type SubscriptionRecord,
} from "./money-provider.ts";
import { amountOf } from "./months.ts";
import type { Link } from "./state.ts";
import { collectingNow } from "./status.ts";

/** Something on which our events and the provider disagree. */
export type Difference = Extract<PaymentEvent, { type: "ReconciliationFinished" }>["data"]["differences"][number];

const agreeing: Readonly<Record<PaymentWord | "unknown", readonly CollectionState[]>> = {
  unknown: ["due", "submitted"],
  submitted: ["submitted"],
  confirmed: ["confirmed"],
  paid_out: ["paid_out"],
  failed: ["failed", "cancelled"],
  skipped: ["cancelled"],
  // It failed and is being collected again.
  resubmitted: ["failed", "due", "submitted"],
  charged_back: ["charged_back"],
  chargeback_cancelled: ["confirmed", "paid_out"],
};

/** What we know about a payment; undefined if nothing says that it belongs to the link. */
const ourPayment = (link: Link, id: string) => {
  const month = link.months[id];
  if (month) return { word: month.fate?.word, amountPence: amountOf(link, id) };
  const made = linkPayments(link).find((payment) => payment.id === id);
  return made && { word: made.last?.word, amountPence: made.sumPence };
};

export const comparePayment = (link: Link, payment: PaymentRecord): Difference[] => {
  const { id, state, amountPence } = payment;
  const ours = ourPayment(link, id);
  const word = ours?.word ?? "unknown";
  const ourPence = ours && isCollectedWord(word) ? ours.amountPence : 0;
  const pence = Math.abs(ourPence - (isCollectedWord(state) ? amountPence : 0));
  if (ours && pence === 0 && agreeing[word].includes(state)) return [];
  return [{ kind: "payment", id, registrationId: link.registrationId, pence, ours: word, theirs: payment.status }];
};

export const compareRefund = (link: Link, refund: RefundRecord): Difference[] => {
  const { id, amountPence } = refund;
  const known = link.refunds[id];
  const ourPence = known && !known.returned ? (known.amountPence ?? 0) : 0;
  const pence = Math.abs(ourPence - (cameBack(refund) ? 0 : amountPence));
  if (known && pence === 0 && known.paymentId === refund.paymentId) return [];
  const ours = known ? (known.returned ? "returned" : "created") : "unknown";
  return [{ kind: "refund", id, registrationId: link.registrationId, pence, ours, theirs: refund.status }];
};

/** No money has moved: later collections are compared when they happen. */
export const compareMandate = (link: Link, { id, state, action }: MandateRecord): Difference[] => {
  const ours = link.mandates[id]?.word;
  const agrees = state === "pending" ? ours !== "ended" : (ours === "active" ? "usable" : ours) === state;
  if (agrees) return [];
  const about = { kind: "mandate", id, registrationId: link.registrationId } as const;
  return [{ ...about, pence: 0, ours: ours ?? "unknown", theirs: action }];
};

export const compareSubscription = (link: Link, { id, ended, status }: SubscriptionRecord): Difference[] => {
  const known = link.subscriptions.some((one) => one.id === id);
  const collects = collectingNow(link).some((one) => one.id === id);
  if (known && collects !== ended) return [];
  const ours = !known ? "unknown" : collects ? "active" : "ended";
  return [{ kind: "subscription", id, registrationId: link.registrationId, pence: 0, ours, theirs: status }];
};

/** The link's payments that are in no list of the provider's. */
export const missingAtProvider = (link: Link, listed: { has(id: string): boolean }): string[] => {
  const charged = Object.keys(link.months).filter((id) => !link.months[id]?.uncharged);
  const ids = new Set([...charged, ...linkPayments(link).flatMap(({ id }) => id ?? [])]);
  return [...ids].filter((id) => !listed.has(id));
};

/** Refunds of listed payments that are in no list of the provider's. */
export const refundsMissingAtProvider = (
  { refunds, registrationId }: Link,
  payments: { has(id: string): boolean },
  listed: { has(id: string): boolean },
): Difference[] =>
  Object.entries(refunds)
    .filter(([id, { paymentId = "" }]) => !listed.has(id) && payments.has(paymentId))
    .map(([id, { amountPence = 0, returned }]) => {
      const ours = returned ? "returned" : "created";
      return { kind: "refund", id, registrationId, pence: returned ? 0 : amountPence, ours, theirs: "unknown" };
    });
