import type { PaymentEvent } from "@touchline/contracts";

/** One billing request at GoCardless. The link begins with one; each time it has to ask again there is another. */
export interface BillingRequest {
  readonly id: string;
  readonly feePence: number;
  readonly mandate: boolean;
  readonly fulfilledAt?: string;
  readonly paymentId?: string;
  readonly mandateId?: string;
  readonly cancelledBy?: "us" | "gocardless";
}

/** The last word on a payment or mandate: by GoCardless's clock, since facts come in any order. */
export interface LastWord<W extends string> {
  readonly word: W;
  readonly at: string;
  readonly eventId: string;
}

export type PaymentWord = "confirmed" | "paid_out" | "failed" | "resubmitted" | "charged_back" | "chargeback_cancelled";
export type MandateWord = "active" | "ended";

/** What has become of a payment: the last word that counts, and what it follows from. */
export interface PaymentFate extends LastWord<PaymentWord> {
  /** The last word that is no settlement. */
  readonly own?: LastWord<PaymentWord>;
  /** The last settlement of each kind: days after a reversal GoCardless takes its money from a payout. */
  readonly settled?: Readonly<Partial<Record<Reversal, LastWord<PaymentWord>>>>;
  /** The kinds of reversal that have been reported themselves. */
  readonly reversed?: readonly Reversal[];
}

export type Reversal = Extract<PaymentWord, "failed" | "charged_back">;

export const isReversal = (word: PaymentWord | undefined): word is Reversal =>
  word === "failed" || word === "charged_back";

export interface Subscription {
  readonly id: string;
  readonly mandateId: string;
  readonly ended: boolean;
  /** It ended because its mandate did. */
  readonly withMandate?: boolean;
}

/** Everything that is known about one link. */
export interface Link {
  readonly status: "known";
  /** The billing request in the URL. */
  readonly id: string;
  readonly registrationId: string;
  readonly feePence: number;
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
  readonly season: string;
  readonly createdAt: string;
  /** Oldest first; never empty. */
  readonly requests: readonly BillingRequest[];
  readonly payments: Readonly<Record<string, PaymentFate>>;
  readonly mandates: Readonly<Record<string, LastWord<MandateWord>>>;
  /** The mandate that took over, by the one that it replaced: what was made on the one lives on the other. */
  readonly replaced?: Readonly<Record<string, string>>;
  readonly subscriptions: readonly Subscription[];
  /** What GoCardless last said to a subscription that it would not make. */
  readonly refused?: { readonly mandateId: string; readonly code: string };
  /** Ids of monthly payments: their fate is not the signing-on fee's. */
  readonly monthly: readonly string[];
  /** Ids of GoCardless's events that are recorded. */
  readonly seen: readonly string[];
  readonly opened: boolean;
  readonly closed: boolean;
  /** Nobody is told any more that the link was ever there. */
  readonly erased?: boolean;
  /** What the last PaymentStatusChanged said. */
  readonly announced?: string;
  /** W3C trace context of the event that began it, for who reads the link from the projection. */
  readonly traceparent?: string;
}

export type LinkState = { readonly status: "none" } | Link;

/** When two facts bear the same instant, the one that happens later in a payment's life wins. */
const paymentOrder: readonly PaymentWord[] = [
  "confirmed",
  "paid_out",
  "failed",
  "resubmitted",
  "charged_back",
  "chargeback_cancelled",
];
const mandateOrder: readonly MandateWord[] = ["active", "ended"];

const later = <W extends string>(order: readonly W[], a: LastWord<W> | undefined, b: LastWord<W>): LastWord<W> => {
  if (!a) return b;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  if (a.word !== b.word) return order.indexOf(a.word) > order.indexOf(b.word) ? a : b;
  return a.eventId >= b.eventId ? a : b;
};

const paymentWords: Partial<Record<PaymentEvent["type"], PaymentWord>> = {
  PaymentConfirmed: "confirmed",
  PaymentPaidOut: "paid_out",
  PaymentFailed: "failed",
  PaymentResubmitted: "resubmitted",
  PaymentChargedBack: "charged_back",
  PaymentChargebackCancelled: "chargeback_cancelled",
};

export const evolve = (state: LinkState, event: PaymentEvent): LinkState => {
  if (event.type === "PaymentTokenCreated") return state.status === "none" ? begin(event.data) : state;
  if (state.status === "none") return state;
  const eventId = "providerEventId" in event.data ? event.data.providerEventId : undefined;
  const link: Link = eventId && !state.seen.includes(eventId) ? { ...state, seen: [...state.seen, eventId] } : state;
  return apply(link, event);
};

const begin = (data: Extract<PaymentEvent, { type: "PaymentTokenCreated" }>["data"]): Link => ({
  status: "known",
  id: data.billingRequestId,
  registrationId: data.registrationId,
  feePence: data.feePence,
  monthlyFeePence: data.monthlyFeePence,
  preferredPaymentDay: data.preferredPaymentDay,
  season: data.season,
  createdAt: data.createdAt,
  requests: [{ id: data.billingRequestId, feePence: data.feePence, mandate: data.mandate }],
  payments: {},
  mandates: {},
  subscriptions: [],
  monthly: [],
  seen: [],
  opened: false,
  closed: false,
});

const apply = (link: Link, event: PaymentEvent): Link => {
  switch (event.type) {
    case "PaymentFulfilled": {
      const { requestId, paymentId, mandateId, occurredAt } = event.data;
      return withRequest(link, requestId, (request) => ({
        ...request,
        // Learnt twice, by reading and by webhook: GoCardless's own instant may differ a little; the earlier one stands.
        fulfilledAt: request.fulfilledAt && request.fulfilledAt < occurredAt ? request.fulfilledAt : occurredAt,
        ...(paymentId && { paymentId }),
        ...(mandateId && { mandateId }),
      }));
    }
    case "PaymentTokenCancelled": {
      const { requestId, by } = event.data;
      // The webhook about our own cancelling may come before we have noted that it was ours.
      const cancelledBy = (request: BillingRequest) => (by === "us" ? by : (request.cancelledBy ?? by));
      return withRequest(link, requestId, (request) => ({ ...request, cancelledBy: cancelledBy(request) }));
    }
    case "PaymentLinkReopened": {
      const { requestId: id, feePence, mandate } = event.data;
      if (link.requests.some((r) => r.id === id)) return link;
      return { ...link, requests: [...link.requests, { id, feePence, mandate }] };
    }
    case "PaymentConfirmed":
    case "PaymentPaidOut":
    case "PaymentFailed":
    case "PaymentResubmitted":
    case "PaymentChargedBack":
    case "PaymentChargebackCancelled":
      return withPayment(link, event.data, wordOf(paymentWords[event.type] ?? "failed", event.data));
    case "MandateActivated":
      return withMandate(link, event.data.mandateId, wordOf("active", event.data));
    case "MandateFailed":
      return withMandate(link, event.data.mandateId, wordOf("ended", event.data));
    case "MandateReplaced": {
      const { mandateId, newMandateId } = event.data;
      const told = { ...link, replaced: { ...link.replaced, [mandateId]: newMandateId } };
      const ended = withMandate(told, mandateId, wordOf("ended", event.data));
      return withMandate(ended, newMandateId, wordOf("active", event.data));
    }
    case "SubscriptionCreated": {
      const { subscriptionId: id, mandateId } = event.data;
      // The end may have been reported first.
      const ended = link.subscriptions.find((s) => s.id === id) ?? { ended: false };
      return { ...link, subscriptions: [...without(link, id), { ...ended, id, mandateId }] };
    }
    case "SubscriptionRefused": {
      const { mandateId, code } = event.data;
      return { ...link, refused: { mandateId, code } };
    }
    case "SubscriptionEnded": {
      const { subscriptionId: id, cause } = event.data;
      const known = link.subscriptions.find((s) => s.id === id) ?? { id, mandateId: "" };
      const withMandate = cause?.startsWith("mandate_") && { withMandate: true };
      return { ...link, subscriptions: [...without(link, id), { ...known, ended: true, ...withMandate }] };
    }
    case "MonthlyPaymentCreated":
      return { ...link, monthly: [...new Set([...link.monthly, event.data.paymentId])] };
    case "PaymentLinkOpened":
      return { ...link, opened: true };
    case "PaymentLinkErased":
      return { ...link, erased: true };
    case "PaymentLinkClosed":
      return { ...link, closed: true };
    case "PaymentStatusChanged":
      return { ...link, announced: event.data.status };
    default:
      return link;
  }
};

const wordOf = <W extends string>(
  word: W,
  { occurredAt, providerEventId, via }: { occurredAt: string; providerEventId?: string; via: string },
): LastWord<W> => ({
  word,
  // An answer bears our clock's time, which may be ahead of GoCardless's: it must not outdo bad news that follows.
  at: via === "read" && word === "active" ? "" : occurredAt,
  eventId: providerEventId ?? "",
});

const without = (link: Link, id: string) => link.subscriptions.filter((s) => s.id !== id);

const withRequest = (link: Link, id: string, change: (request: BillingRequest) => BillingRequest): Link => ({
  ...link,
  requests: link.requests.map((request) => (request.id === id ? change(request) : request)),
});

const settlements: ReadonlySet<string> = new Set(["late_failure_settled", "chargeback_settled"]);

/** Whether GoCardless tells, days after a reversal, that it has taken the money from a payout. */
export const isSettlement = ({ action }: { readonly action: string }): boolean => settlements.has(action);

const withPayment = (
  link: Link,
  data: { readonly paymentId: string; readonly action: string },
  word: LastWord<PaymentWord>,
): Link => ({
  ...link,
  payments: { ...link.payments, [data.paymentId]: fateOf(link.payments[data.paymentId], word, isSettlement(data)) },
});

/**
 * A settlement says that the money went at some time before. It counts where that was not reported; else the payment may have
 * been resubmitted, or its charge-back withdrawn, since.
 */
const fateOf = (before: PaymentFate | undefined, word: LastWord<PaymentWord>, settles: boolean): PaymentFate => {
  let { own, settled = {}, reversed = [] } = before ?? {};
  if (!settles) own = later(paymentOrder, own, word);
  if (isReversal(word.word)) {
    if (settles) settled = { ...settled, [word.word]: later(paymentOrder, settled[word.word], word) };
    else reversed = [...new Set([...reversed, word.word])].sort();
  }
  const unreported = Object.values(settled).filter((settlement) => !reversed.some((kind) => kind === settlement.word));
  const last = unreported.reduce((a, b) => later(paymentOrder, a, b), own);
  return { ...(last ?? word), ...(own && { own }), settled, reversed };
};

const withMandate = (link: Link, id: string, word: LastWord<MandateWord>): Link => ({
  ...link,
  mandates: { ...link.mandates, [id]: later(mandateOrder, link.mandates[id], word) },
});

/** Streams `payment-{billing request id in the URL}`. */
export const paymentAggregate = {
  category: "payment",
  initial: { status: "none" } as LinkState,
  evolve,
} as const;
