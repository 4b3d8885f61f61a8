import type { PaymentEvent } from "@touchline/contracts";
import { refundedPence } from "./link-payments.ts";
import type { EvolveLink, Link, LinkState } from "./state.ts";
import { paymentStatus } from "./status.ts";

/** A decision about one link. Returns only events. */
export type PaymentDecision = (state: LinkState) => PaymentEvent[];
type DataOf<T extends PaymentEvent["type"]> = Extract<PaymentEvent, { type: T }>["data"];

/** Facts that the provider reported, or answered when asked. */
export type Fact = Extract<PaymentEvent, { data: { via: string } }>;

export interface TokenFacts extends Omit<DataOf<"PaymentTokenCreated">, "createdAt"> {
  readonly now: Date;
}

/** Creates the link. No events if it exists already. */
export const createToken =
  ({ now, ...token }: TokenFacts): PaymentDecision =>
  (state) =>
    state.status === "none" ? [{ type: "PaymentTokenCreated", data: { ...token, createdAt: now.toISOString() } }] : [];

/** Records what the provider reported. No events if all of it is known or none of it is about this link. */
export const recordFactsWith =
  (evolve: EvolveLink) =>
  (facts: readonly Fact[], now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none") return [];
    const events: PaymentEvent[] = [];
    let link: Link = state;
    for (const reported of facts) {
      const fact = withCanceller(link, reported);
      if (!isNews(link, fact)) continue;
      events.push(fact);
      const next = evolve(link, fact);
      if (next.status === "known") link = next;
    }
    return [...events, ...statusChange(link, now)];
  };

/** A cancellation that we began is ours, even if GoCardless reports it. */
const withCanceller = ({ requests }: Link, fact: Fact): Fact => {
  if (fact.type !== "PaymentTokenCancelled") return fact;
  const { requestId } = fact.data;
  const isOurs = requests.some(({ id, cancelling }) => id === requestId && cancelling);
  return isOurs ? { ...fact, data: { ...fact.data, by: "us" } } : fact;
};

export interface FlowFacts extends Omit<DataOf<"PaymentFlowCreated">, "createdAt" | "billingRequestId"> {
  readonly now: Date;
}

/** Records that a tap was sent to a page created for it. */
export const recordFlow =
  ({ now, ...flow }: FlowFacts): PaymentDecision =>
  (state) =>
    state.status === "none"
      ? []
      : [
          { type: "PaymentFlowCreated", data: { billingRequestId: state.id, ...flow, createdAt: now.toISOString() } },
          ...openLink(now)(state),
        ];

/** Records the first opening only. */
export const openLink =
  (now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" || state.opened
      ? []
      : [{ type: "PaymentLinkOpened", data: { billingRequestId: state.id, openedAt: now.toISOString() } }];

/** Closes the link of a cancelled registration. */
export const closeLink =
  (now: Date): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.closed) return [];
    return [
      { type: "PaymentLinkClosed", data: { billingRequestId: state.id, closedAt: now.toISOString() } },
      ...statusChange({ ...state, closed: true }, now),
    ];
  };

/** Erases the link of an erased registration: it asks for nothing more and answers like one that never existed. */
export const eraseLink =
  (now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" || state.erased
      ? []
      : [
          ...closeLink(now)(state),
          { type: "PaymentLinkErased", data: { billingRequestId: state.id, erasedAt: now.toISOString() } },
        ];

/** Records that the provider has removed those who paid through an erased link. */
export const recordRemoval =
  (payers: number, now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" || !state.erased || state.payersRemoved
      ? []
      : [{ type: "PayersRemoved", data: { billingRequestId: state.id, payers, removedAt: now.toISOString() } }];

export interface ReopenFacts {
  readonly requestId: string;
  readonly replaces: string;
  readonly feePence: number;
  readonly mandate: boolean;
  /** The missed months that it also asks for. */
  readonly months?: readonly string[];
  readonly monthsPence?: number;
  /** The terms were amended, so it replaces a request that the parent could still have finished. */
  readonly amended?: true | undefined;
  readonly now: Date;
}

/** Records another billing request for what is owed. No events if the same reversal already has one. */
export const reopenLink =
  ({ now, months = [], monthsPence = 0, amended, ...request }: ReopenFacts): PaymentDecision =>
  (state) => {
    if (state.status === "none" || state.requests.at(-1)?.id !== request.replaces) return [];
    const { id: billingRequestId, registrationId, requests } = state;
    const count = requests.length;
    const missedAt = months
      .map((id) => state.months[id]?.fate?.at ?? "")
      .sort()
      .at(-1);
    const missed = missedAt && { months: [...months], monthsPence, missedAt };
    const why = amended && { amended };
    return [
      {
        type: "PaymentLinkReopened",
        data: { billingRequestId, registrationId, ...request, ...missed, ...why, count, reopenedAt: now.toISOString() },
      },
    ];
  };

export interface SubscriptionFacts extends Omit<DataOf<"SubscriptionCreated">, "createdAt" | "billingRequestId"> {
  readonly now: Date;
}

export const recordSubscription =
  ({ now, ...subscription }: SubscriptionFacts): PaymentDecision =>
  (state) =>
    state.status === "none" || state.subscriptions.some((s) => s.id === subscription.subscriptionId && s.mandateId)
      ? []
      : [
          {
            type: "SubscriptionCreated",
            data: { billingRequestId: state.id, ...subscription, createdAt: now.toISOString() },
          },
        ];

/** No events if the refusal is known: the subscription is retried daily, with the same answer each time. */
export const refuseSubscription =
  (refusal: { mandateId: string; code: string; reason: string }, now: Date): PaymentDecision =>
  (state) =>
    state.status === "none" || (state.refused?.mandateId === refusal.mandateId && state.refused.code === refusal.code)
      ? []
      : [
          {
            type: "SubscriptionRefused",
            data: { billingRequestId: state.id, ...refusal, refusedAt: now.toISOString() },
          },
        ];

const isNews = (link: Link, fact: Fact): boolean => {
  const { providerEventId } = fact.data;
  if (providerEventId && link.seen.includes(providerEventId)) return false;
  switch (fact.type) {
    case "PaymentFulfilled": {
      const request = link.requests.find((r) => r.id === fact.data.requestId);
      if (!request) return false;
      const { fulfilledAt, paymentId, mandateId } = request;
      // If we read this from the provider first, the webhook is news only if it says more.
      return (
        !fulfilledAt ||
        (fact.data.paymentId !== undefined && fact.data.paymentId !== paymentId) ||
        (fact.data.mandateId !== undefined && fact.data.mandateId !== mandateId)
      );
    }
    case "PaymentTokenCancelled":
      return link.requests.some(
        (r) =>
          r.id === fact.data.requestId && (!r.cancelledBy || (r.cancelledBy !== fact.data.by && fact.data.by === "us")),
      );
    case "BankAuthorisationFailed":
      return link.requests.some((r) => r.id === fact.data.requestId);
    case "MandateActivated":
      return providerEventId !== undefined || link.mandates[fact.data.mandateId]?.word !== "active";
    case "MandateFailed":
      return providerEventId !== undefined || link.mandates[fact.data.mandateId]?.word !== "ended";
    case "MonthlyPaymentDated":
      return link.months[fact.data.paymentId]?.amountPence === undefined;
    case "RefundCreated": {
      const { refundId, amountPence, refundRequestId: wishId } = fact.data;
      const known = link.refunds[refundId];
      return (
        providerEventId !== undefined ||
        !known ||
        (amountPence ?? 0) > (known.amountPence ?? 0) ||
        (!!wishId && !known.wishId)
      );
    }
    case "RefundReturned":
      return providerEventId !== undefined || !link.refunds[fact.data.refundId]?.returned;
    default:
      return true;
  }
};

export const statusChange = (link: Link, now: Date): PaymentEvent[] => {
  const { status, since } = paymentStatus(link);
  const amountRefundedPence = refundedPence(link);
  const { announced = "pending", announcedRefundPence = 0, id: billingRequestId, registrationId } = link;
  if (status === announced && amountRefundedPence === announcedRefundPence) return [];
  const refund = amountRefundedPence > 0 && { amountRefundedPence };
  return [
    {
      type: "PaymentStatusChanged",
      data: { billingRequestId, registrationId, status, ...refund, since, changedAt: now.toISOString() },
    },
  ];
};
