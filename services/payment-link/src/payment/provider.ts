import type { MonthlyFee } from "@touchline/contracts";

/**
 * What this service asks of the payment provider, in our own words. Every call throws `Fault` if the provider is down or asks us
 * to slow down. `traceparent` is the call's W3C trace context, which is passed to the provider.
 */
export interface PaymentProvider {
  /** Creates a billing request, or finds the one created under the same key. */
  createRequest(request: NewRequest, traceparent?: string): Promise<RequestReport | Refusal>;
  /** Undefined if there is no such billing request. */
  readRequest(id: string, traceparent?: string): Promise<RequestReport | undefined>;
  /** Cancels a billing request; `false` if its state no longer allows that. */
  cancelRequest(id: string, traceparent?: string): Promise<boolean>;
  /** Creates a page for the parent; `invalid_state` if the billing request is fulfilled or cancelled. */
  createFlow(flow: NewFlow, traceparent?: string): Promise<FlowReport | "invalid_state">;
  /** Creates a subscription, or finds the one created under the same key, perhaps for other terms. */
  createSubscription(subscription: NewSubscription, traceparent?: string): Promise<MadeSubscription | Refusal>;
  /** Changes the amount of future collections; `over` if the subscription no longer collects, or is paused. */
  amendSubscription(id: string, amountPence: number, traceparent?: string): Promise<"amended" | "over" | Refusal>;
  cancelSubscription(id: string, traceparent?: string): Promise<boolean>;
  /** Ids of the subscriptions still collecting on a mandate for a registration, by our metadata. */
  runningSubscriptions(mandateId: string, registrationId: string, traceparent?: string): Promise<readonly string[]>;
  /** Events created at or after a time, newest first, in pages. */
  events(since: Date, signal: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** All events about one thing, newest first, in pages. */
  eventsAbout(kind: ThingKind, id: string, signal: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** A small request: resolves if the provider answers at all. */
  probe(): Promise<void>;
}

export type ThingKind = "request" | "payment" | "mandate" | "subscription" | "refund";

/** The provider understood the request and would refuse it again: an operator must look. */
export interface Refusal {
  readonly refused: string;
  /** The provider's words, with the names of fields but not their values. */
  readonly reason: string;
}

export interface NewRequest {
  readonly idempotencyKey: string;
  readonly registrationId: string;
  readonly feePence: number;
  /** Missed monthly fees, asked for in the same payment. */
  readonly monthsPence?: number;
  readonly mandate: boolean;
  /** What the mandate is for, in words for the parent. */
  readonly monthly?: MonthlyFee | undefined;
}

/** `fulfilling`: the parent has finished, but the bank has not. */
type RequestStatus = "open" | "fulfilling" | "fulfilled" | "cancelled";

export interface RequestReport {
  readonly id: string;
  readonly status: RequestStatus;
  readonly registrationId?: string;
  /** What it asks for, as one sum; both are left out if the answer does not say. */
  readonly feePence?: number;
  readonly mandate?: boolean;
  readonly paymentId?: string;
  readonly mandateId?: string;
}

export interface NewFlow {
  readonly requestId: string;
  readonly redirectUri: string;
  readonly exitUri: string;
}

export interface FlowReport {
  readonly id: string;
  readonly url: string;
  readonly expiresAt?: string;
}

export interface PaymentReport {
  readonly subscriptionId?: string;
  readonly mandateId?: string;
  readonly registrationId?: string;
  readonly purpose?: Purpose;
}

export interface MandateReport {
  /** `pending`: the bank has not accepted it yet. */
  readonly state: "pending" | "usable" | "ended";
  /** The provider's word for its state, to be stored in the event. */
  readonly action: string;
  readonly nextPossibleChargeDate?: string;
  readonly registrationId?: string;
}

export interface NewSubscription {
  readonly idempotencyKey: string;
  readonly registrationId: string;
  readonly mandateId: string;
  readonly amountPence: number;
  readonly dayOfMonth: number;
  readonly startDate: string;
  readonly payments: number;
}

export interface MadeSubscription
  extends Pick<NewSubscription, "amountPence" | "dayOfMonth" | "startDate" | "payments"> {
  readonly id: string;
}

export const isRefusal = <T extends object | string>(answer: T | Refusal): answer is Refusal =>
  typeof answer === "object" && "refused" in answer;

/**
 * What a payment or mandate is for: the signing-on fee, missed monthly fees paid through the link, the mandate for monthly fees,
 * or a collected monthly fee.
 */
export type Purpose = "fee" | "missed" | "mandate" | "monthly";

/** An event from the provider, by webhook or poll, reduced to what we use. */
export interface ProviderEvent {
  readonly id: string;
  /** These three are the provider's own words. */
  readonly resourceType: string;
  readonly action: string;
  readonly links: Readonly<Record<string, string>>;
  readonly occurredAt: string;
  readonly cause?: string;
  /** The payment failed, and the provider will collect it again by itself. */
  readonly willRetry?: boolean;
  /** From our metadata. */
  readonly registrationId?: string;
  /** From the same metadata, stored unchanged. */
  readonly purpose?: string;
}
