import {
  type Day,
  fateOf,
  type LastWord,
  laterWord,
  type PaymentEvent,
  type PaymentFate,
  paymentWords,
  wordOf,
} from "@touchline/contracts";
import { applyElsewhere, type MoneyRecord } from "./elsewhere.ts";
import { type MandateWord, mandateOrder, successorOf } from "./mandate-words.ts";
import { applyMonth, type MonthlyStanding, type Months } from "./months.ts";
import { applyRefunds, type Refunds, type RefundWish } from "./refunds.ts";
import { type AgreedTerms, agreedTerms, applyTerms, type MonthlyTerms, termsOf } from "./terms.ts";

/** One billing request. The link begins with one, and gets another each time it has to ask again. */
export interface BillingRequest {
  readonly id: string;
  readonly feePence: number;
  readonly mandate: boolean;
  /** The missed months that it also asks for, and their total. */
  readonly months?: readonly string[];
  readonly monthsPence?: number;
  /** The monthly fee that it shows the parent. */
  readonly words: MonthlyTerms;
  readonly fulfilledAt?: string;
  readonly paymentId?: string;
  readonly mandateId?: string;
  /** We began to cancel it. */
  readonly cancelling?: boolean;
  readonly cancelledBy?: "us" | "gocardless";
}

export interface Subscription {
  readonly id: string;
  readonly mandateId: string;
  readonly ended: boolean;
  /** It ended because its mandate did. */
  readonly withMandate?: boolean;
  /** It ended while another collected on the same mandate. */
  readonly replaced?: boolean;
  /** The last reported time of its end. */
  readonly endedAt?: string;
  /** The first collection, and how many were planned. */
  readonly startDate?: Day;
  readonly payments?: number;
  /** 1–28, or -1 for the last day of the month. */
  readonly dayOfMonth?: number;
  readonly amountPence?: number;
}

/** Everything that is known about one link. */
export interface Link {
  readonly status: "known";
  /** The billing request in the URL. */
  readonly id: string;
  readonly registrationId: string;
  readonly feePence: number;
  /** These two are the current terms. */
  readonly monthlyFeePence: number;
  readonly preferredPaymentDay: number;
  /** All terms that were ever agreed, beginning with the link's first. */
  readonly terms: readonly AgreedTerms[];
  /** The first and last collection, as planned when the link was created or amended. */
  readonly monthlyFrom?: Day;
  readonly monthlyUntil?: Day;
  readonly season: string;
  /** When the family registered; links of an older version do not say. See `registeredAt`. */
  readonly acceptedAt?: string;
  readonly createdAt: string;
  /** Oldest first; never empty. */
  readonly requests: readonly BillingRequest[];
  readonly payments: Readonly<Record<string, PaymentFate>>;
  readonly mandates: Readonly<Record<string, LastWord<MandateWord>>>;
  /** The new mandate by the one that it replaced. Subscriptions on the old one continue on the new one. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** In the order of their creation. */
  readonly subscriptions: readonly Subscription[];
  /** The last refusal of a subscription. */
  /** The provider refused what was last asked for: a subscription, or its new amount. */
  readonly refused?: { readonly mandateId: string; readonly code: string };
  /** Monthly fees only, without the signing-on fee. */
  readonly months: Months;
  readonly refunds: Refunds;
  readonly wishes: readonly RefundWish[];
  readonly elsewhere: readonly MoneyRecord[];
  /** Ids of the provider's events that are recorded. */
  readonly seen: readonly string[];
  readonly opened: boolean;
  readonly closed: boolean;
  /** The link answers like one that never existed. */
  readonly erased?: boolean;
  /** The last time that texts were stopped on the link's page. */
  readonly textsStoppedAt?: string;
  /** The provider has removed the payers. */
  readonly payersRemoved?: boolean;
  /** What the last PaymentStatusChanged said. */
  readonly announced?: string;
  readonly announcedRefundPence?: number;
  /** What the last MonthlyStatusChanged said. */
  readonly announcedMonths?: MonthlyStanding & { readonly mandatesGone: number };
  /** W3C trace context of the link's first event, for readers of the projection. */
  readonly traceparent?: string;
}

/** When the family registered. Its link may come days later: when it is released, or once GoCardless no longer refuses it. */
export const registeredAt = ({ acceptedAt, createdAt }: Pick<Link, "acceptedAt" | "createdAt">): string =>
  acceptedAt ?? createdAt;

export type LinkState = { readonly status: "none" } | Link;

/** What the provider's own words in a stored event mean. */
export interface ProviderWords {
  /** Whether an action reports, days after a reversal, that its money was taken from a payout. */
  readonly isSettlement: (action: string) => boolean;
  /** Whether this cause means that a subscription ended because its mandate did. */
  readonly endedWithMandate: (cause: string | undefined) => boolean;
}

export type EvolveLink = (state: LinkState, event: PaymentEvent) => LinkState;

const evolveWith =
  (words: ProviderWords): EvolveLink =>
  (state, event) => {
    if (event.type === "PaymentTokenCreated") return state.status === "none" ? begin(event.data) : state;
    if (state.status === "none") return state;
    const eventId = "providerEventId" in event.data ? event.data.providerEventId : undefined;
    const link: Link = eventId && !state.seen.includes(eventId) ? { ...state, seen: [...state.seen, eventId] } : state;
    const months = applyMonth(link.months, event, words.isSettlement);
    if (months) return { ...link, months };
    const refunds = applyRefunds(link, event);
    if (refunds) return { ...link, ...refunds };
    const elsewhere = applyElsewhere(link.elsewhere, event);
    if (elsewhere) return { ...link, elsewhere };
    return (
      applyPayment(link, event, words) ??
      applyMandate(link, event) ??
      applySubscription(link, event, words) ??
      applyTerms(event.type === "PaymentLinkAmended" ? withoutRefusal(link) : link, event) ??
      applyLink(link, event)
    );
  };

const begin = (data: Extract<PaymentEvent, { type: "PaymentTokenCreated" }>["data"]): Link => ({
  status: "known",
  id: data.billingRequestId,
  registrationId: data.registrationId,
  feePence: data.feePence,
  monthlyFeePence: data.monthlyFeePence,
  preferredPaymentDay: data.preferredPaymentDay,
  terms: [agreedTerms(data, 0, data.createdAt)],
  ...(data.monthlyFrom && { monthlyFrom: data.monthlyFrom }),
  ...(data.monthlyUntil && { monthlyUntil: data.monthlyUntil }),
  season: data.season,
  ...(data.acceptedAt && { acceptedAt: data.acceptedAt }),
  createdAt: data.createdAt,
  requests: [{ id: data.billingRequestId, feePence: data.feePence, mandate: data.mandate, words: termsOf(data) }],
  payments: {},
  mandates: {},
  subscriptions: [],
  months: {},
  refunds: {},
  wishes: [],
  elsewhere: [],
  seen: [],
  opened: false,
  closed: false,
});

/** Undefined if the event is not about a billing request or a payment. */
const applyPayment = (link: Link, event: PaymentEvent, { isSettlement }: ProviderWords): Link | undefined => {
  switch (event.type) {
    case "PaymentFulfilled": {
      const { requestId, paymentId, mandateId, occurredAt } = event.data;
      return withRequest(link, requestId, (request) => ({
        ...request,
        // We learn it twice, by reading and by webhook, with slightly different times. The earlier one counts.
        fulfilledAt: request.fulfilledAt && request.fulfilledAt < occurredAt ? request.fulfilledAt : occurredAt,
        ...(paymentId && { paymentId }),
        ...(mandateId && { mandateId }),
      }));
    }
    case "PaymentTokenCancellationStarted":
      return withRequest(link, event.data.requestId, (request) => ({ ...request, cancelling: true }));
    case "PaymentTokenCancelled": {
      const { requestId, by } = event.data;
      // The webhook about our cancellation may come before we have recorded that it was ours.
      const cancelledBy = (request: BillingRequest) => (by === "us" ? by : (request.cancelledBy ?? by));
      return withRequest(link, requestId, (request) => ({ ...request, cancelledBy: cancelledBy(request) }));
    }
    case "PaymentLinkReopened": {
      const { requestId: id, feePence, mandate, months, monthsPence } = event.data;
      if (link.requests.some((r) => r.id === id)) return link;
      const asked = { id, feePence, mandate, words: termsOf(link) };
      const request = { ...asked, ...(months && { months }), ...(monthsPence && { monthsPence }) };
      return { ...link, requests: [...link.requests, request] };
    }
    case "PaymentConfirmed":
    case "PaymentPaidOut":
    case "PaymentFailed":
    case "PaymentResubmitted":
    case "PaymentChargedBack":
    case "PaymentChargebackCancelled": {
      const { paymentId, action } = event.data;
      const fate = fateOf(link.payments[paymentId], wordOf(paymentWords[event.type], event.data), isSettlement(action));
      return { ...link, payments: { ...link.payments, [paymentId]: fate } };
    }
    default:
      return undefined;
  }
};

/** Undefined if the event is not about a mandate. */
const applyMandate = (link: Link, event: PaymentEvent): Link | undefined => {
  switch (event.type) {
    case "MandateActivated":
      return withMandate(link, event.data.mandateId, wordOf("active", event.data));
    case "MandateFailed":
      return withMandate(link, event.data.mandateId, wordOf("ended", event.data));
    case "MandateReplaced": {
      const { mandateId, newMandateId } = event.data;
      const replaced = { ...link, replaced: { ...link.replaced, [mandateId]: newMandateId } };
      const ended = withMandate(replaced, mandateId, wordOf("ended", event.data));
      return withMandate(ended, newMandateId, wordOf("active", event.data));
    }
    default:
      return undefined;
  }
};

/** Undefined if the event is not about a subscription. */
const applySubscription = (link: Link, event: PaymentEvent, { endedWithMandate }: ProviderWords): Link | undefined => {
  switch (event.type) {
    case "SubscriptionCreated": {
      const { subscriptionId: id, mandateId, startDate, payments, dayOfMonth, amountPence } = event.data;
      // The end may have been reported first.
      const ended = link.subscriptions.find((s) => s.id === id) ?? { ended: false };
      const made = { ...ended, id, mandateId, startDate, payments, dayOfMonth, amountPence };
      return { ...withoutRefusal(link), subscriptions: withSubscription(link, made) };
    }
    case "SubscriptionAmended": {
      const { subscriptionId, amountPence } = event.data;
      const amend = (one: Subscription) => (one.id === subscriptionId ? { ...one, amountPence } : one);
      return { ...withoutRefusal(link), subscriptions: link.subscriptions.map(amend) };
    }
    case "SubscriptionRefused": {
      const { mandateId, code } = event.data;
      return { ...link, refused: { mandateId, code } };
    }
    case "SubscriptionEnded": {
      const { subscriptionId: id, cause, occurredAt } = event.data;
      const known: Partial<Subscription> = link.subscriptions.find((s) => s.id === id) ?? {};
      const withMandate = endedWithMandate(cause) && { withMandate: true };
      const endedAt = known.endedAt && known.endedAt > occurredAt ? known.endedAt : occurredAt;
      const replaced = hasNext(link, known) && { replaced: true };
      const ended = { mandateId: "", ...known, id, ended: true, endedAt, ...withMandate, ...replaced };
      return { ...withoutRefusal(link), subscriptions: withSubscription(link, ended) };
    }
    default:
      return undefined;
  }
};

/** Something else is asked for next: if GoCardless refuses that too, it is news, even with the same code. */
const withoutRefusal = (link: Link): Link => {
  const { refused: _, ...rest } = link;
  return rest;
};

const hasNext = (link: Link, { id, mandateId = "" }: Partial<Subscription>): boolean => {
  const mandate = successorOf(link, mandateId);
  return link.subscriptions.some((one) => one.id !== id && !one.ended && successorOf(link, one.mandateId) === mandate);
};

const applyLink = (link: Link, event: PaymentEvent): Link => {
  switch (event.type) {
    case "PaymentLinkOpened":
      return { ...link, opened: true };
    case "PaymentLinkErased":
      return { ...link, erased: true };
    case "PayersRemoved":
      return { ...link, payersRemoved: true };
    case "PaymentLinkClosed":
      return { ...link, closed: true };
    case "TextsStopped": {
      const { stoppedAt } = event.data;
      return stoppedAt > (link.textsStoppedAt ?? "") ? { ...link, textsStoppedAt: stoppedAt } : link;
    }
    case "PaymentStatusChanged":
      return { ...link, announced: event.data.status, announcedRefundPence: event.data.amountRefundedPence ?? 0 };
    case "MonthlyStatusChanged": {
      const { behindPence, monthsMissed, mandate, mandatesGone, paidTwicePence } = event.data;
      return { ...link, announcedMonths: { behindPence, monthsMissed, mandate, mandatesGone, paidTwicePence } };
    }
    default:
      return link;
  }
};

const withSubscription = ({ subscriptions }: Link, one: Subscription): readonly Subscription[] =>
  subscriptions.some(({ id }) => id === one.id)
    ? subscriptions.map((known) => (known.id === one.id ? one : known))
    : [...subscriptions, one];

const withRequest = (link: Link, id: string, change: (request: BillingRequest) => BillingRequest): Link => ({
  ...link,
  requests: link.requests.map((request) => (request.id === id ? change(request) : request)),
});

const withMandate = (link: Link, id: string, word: LastWord<MandateWord>): Link => ({
  ...link,
  mandates: { ...link.mandates, [id]: laterWord(mandateOrder, link.mandates[id], word) },
});

/** Streams `payment-{billing request id in the URL}`. */
export const paymentAggregateWith = (words: ProviderWords) =>
  ({ category: "payment", initial: { status: "none" } as LinkState, evolve: evolveWith(words) }) as const;
