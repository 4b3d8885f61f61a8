import type { PaymentEvent } from "@touchline/contracts";
import {
  fateOf,
  type LastWord,
  laterWord,
  type MandateWord,
  mandateOrder,
  type PaymentFate,
  type PaymentWord,
} from "./fates.ts";

/** One billing request. The link begins with one; each time it has to ask again there is another. */
export interface BillingRequest {
  readonly id: string;
  readonly feePence: number;
  readonly mandate: boolean;
  readonly fulfilledAt?: string;
  readonly paymentId?: string;
  readonly mandateId?: string;
  readonly cancelledBy?: "us" | "gocardless";
}

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
  /** The new mandate, by the one that it replaced: subscriptions on the one go on with the other. */
  readonly replaced?: Readonly<Record<string, string>>;
  readonly subscriptions: readonly Subscription[];
  /** The last refusal of a subscription. */
  readonly refused?: { readonly mandateId: string; readonly code: string };
  /** Ids of monthly payments, which say nothing about the signing-on fee. */
  readonly monthly: readonly string[];
  /** Ids of the provider's events that are recorded. */
  readonly seen: readonly string[];
  readonly opened: boolean;
  readonly closed: boolean;
  /** The link answers as one that never existed. */
  readonly erased?: boolean;
  /** What the last PaymentStatusChanged said. */
  readonly announced?: string;
  /** W3C trace context of the event that began it, for those who read the link from the projection. */
  readonly traceparent?: string;
}

export type LinkState = { readonly status: "none" } | Link;

const paymentWords = {
  PaymentConfirmed: "confirmed",
  PaymentPaidOut: "paid_out",
  PaymentFailed: "failed",
  PaymentResubmitted: "resubmitted",
  PaymentChargedBack: "charged_back",
  PaymentChargebackCancelled: "chargeback_cancelled",
} as const satisfies Partial<Record<PaymentEvent["type"], PaymentWord>>;

/** What the provider's own words in a stored event mean. */
export interface ProviderWords {
  /** Whether an action says, days after a reversal, that its money was taken from a payout. */
  readonly isSettlement: (action: string) => boolean;
  /** Whether a subscription that ended for this cause ended because its mandate did. */
  readonly endedWithMandate: (cause: string | undefined) => boolean;
}

export type EvolveLink = (state: LinkState, event: PaymentEvent) => LinkState;

export const evolveWith =
  (words: ProviderWords): EvolveLink =>
  (state, event) => {
    if (event.type === "PaymentTokenCreated") return state.status === "none" ? begin(event.data) : state;
    if (state.status === "none") return state;
    const eventId = "providerEventId" in event.data ? event.data.providerEventId : undefined;
    const link: Link = eventId && !state.seen.includes(eventId) ? { ...state, seen: [...state.seen, eventId] } : state;
    return applyPayment(link, event, words) ?? applyMandate(link, event, words) ?? applyLink(link, event);
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

/** Undefined: the event is not about a billing request or a payment. */
const applyPayment = (link: Link, event: PaymentEvent, { isSettlement }: ProviderWords): Link | undefined => {
  switch (event.type) {
    case "PaymentFulfilled": {
      const { requestId, paymentId, mandateId, occurredAt } = event.data;
      return withRequest(link, requestId, (request) => ({
        ...request,
        // Learnt twice, by reading and by webhook, with instants that differ a little: the earlier one counts.
        fulfilledAt: request.fulfilledAt && request.fulfilledAt < occurredAt ? request.fulfilledAt : occurredAt,
        ...(paymentId && { paymentId }),
        ...(mandateId && { mandateId }),
      }));
    }
    case "PaymentTokenCancelled": {
      const { requestId, by } = event.data;
      // The webhook about our own cancellation may come before we have recorded that it was ours.
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
    case "PaymentChargebackCancelled": {
      const { paymentId, action } = event.data;
      const fate = fateOf(link.payments[paymentId], wordOf(paymentWords[event.type], event.data), isSettlement(action));
      return { ...link, payments: { ...link.payments, [paymentId]: fate } };
    }
    case "MonthlyPaymentCreated":
      return { ...link, monthly: [...new Set([...link.monthly, event.data.paymentId])] };
    default:
      return undefined;
  }
};

/** Undefined: the event is not about a mandate or a subscription. */
const applyMandate = (link: Link, event: PaymentEvent, { endedWithMandate }: ProviderWords): Link | undefined => {
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
      const withMandate = endedWithMandate(cause) && { withMandate: true };
      return { ...link, subscriptions: [...without(link, id), { ...known, ended: true, ...withMandate }] };
    }
    default:
      return undefined;
  }
};

const applyLink = (link: Link, event: PaymentEvent): Link => {
  switch (event.type) {
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
  // An answer has our clock's time, which may be ahead of the provider's: it must not win over bad news that follows.
  at: via === "read" && word === "active" ? "" : occurredAt,
  eventId: providerEventId ?? "",
});

const without = (link: Link, id: string) => link.subscriptions.filter((s) => s.id !== id);

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
