import type { MonthlyFee } from "@touchline/contracts";

/**
 * What this service asks of the payment provider, in our own words. Every call throws `Fault` when the provider is away or asks
 * to slow down. `traceparent` is the W3C trace context that a call belongs to; the provider gets it.
 */
export interface PaymentProvider {
  /** Creates a billing request, or finds the one that was created under the same key. */
  createRequest(request: NewRequest, traceparent?: string): Promise<RequestReport | Refusal>;
  /** Undefined when there is no such billing request. */
  readRequest(id: string, traceparent?: string): Promise<RequestReport | undefined>;
  /** Cancels a billing request; `false` when its state no longer allows that. */
  cancelRequest(id: string, traceparent?: string): Promise<boolean>;
  /** Makes a page for the parent; `invalid_state` when the billing request is fulfilled or cancelled. */
  createFlow(flow: NewFlow, traceparent?: string): Promise<FlowReport | "invalid_state">;
  /** Makes a subscription, or finds the one that was made under the same key, which may have been for other terms. */
  createSubscription(subscription: NewSubscription, traceparent?: string): Promise<MadeSubscription | Refusal>;
  /** Another amount for what is not collected yet; `over` when the subscription does not collect any more, or not now. */
  amendSubscription(id: string, amountPence: number, traceparent?: string): Promise<"amended" | "over" | Refusal>;
  cancelSubscription(id: string, traceparent?: string): Promise<boolean>;
  /** Ids of what is still collected on a mandate for a registration, by what we wrote on it. */
  runningSubscriptions(mandateId: string, registrationId: string, traceparent?: string): Promise<readonly string[]>;
  /** Events created at or after an instant, newest first, in pages. */
  events(since: Date, signal: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** All events about one thing, newest first, in pages. */
  eventsAbout(kind: ThingKind, id: string, signal: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** Asks something small: resolves when the provider answers at all. */
  probe(): Promise<void>;
}

export type ThingKind = "request" | "payment" | "mandate" | "subscription" | "refund";

/** The provider understood and will say the same again: an operator must look. */
export interface Refusal {
  readonly refused: string;
  /** The provider's words with the names of the fields, without their values. */
  readonly reason: string;
}

export interface NewRequest {
  readonly idempotencyKey: string;
  readonly registrationId: string;
  readonly feePence: number;
  /** Missed monthly fees, asked for in the same payment. */
  readonly monthsPence?: number;
  readonly mandate: boolean;
  /** What the mandate is for, in words to the parent. */
  readonly monthly?: MonthlyFee | undefined;
}

/** `fulfilling`: the parent has done their part, and the bank has not. */
type RequestStatus = "open" | "fulfilling" | "fulfilled" | "cancelled";

export interface RequestReport {
  readonly id: string;
  readonly status: RequestStatus;
  readonly registrationId?: string;
  /** What it asks for, in one sum; both left out when the answer does not say. */
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
  /** The provider's word for its state, for the event about it. */
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
 * What a payment or mandate is for: the signing-on fee, monthly fees that were missed and are paid through the link, the mandate
 * for monthly fees, or one of these fees.
 */
export type Purpose = "fee" | "missed" | "mandate" | "monthly";

/** One event as the provider reports it, by webhook or when its events are walked, reduced to what we use. */
export interface ProviderEvent {
  readonly id: string;
  /** These three are the provider's own words. */
  readonly resourceType: string;
  readonly action: string;
  readonly links: Readonly<Record<string, string>>;
  readonly occurredAt: string;
  readonly cause?: string;
  /** The payment failed, and the provider collects it again by itself. */
  readonly willRetry?: boolean;
  /** From the metadata that we gave the thing. */
  readonly registrationId?: string;
  /** From the same metadata; it is stored as it was written there. */
  readonly purpose?: string;
}
