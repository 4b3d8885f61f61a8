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
  readPayment(id: string, traceparent?: string): Promise<PaymentReport | undefined>;
  readMandate(id: string, traceparent?: string): Promise<MandateReport | undefined>;
  createSubscription(subscription: NewSubscription, traceparent?: string): Promise<{ readonly id: string } | Refusal>;
  cancelSubscription(id: string, traceparent?: string): Promise<boolean>;
  /** Ids of what is still collected on a mandate for a registration, by what we wrote on it. */
  runningSubscriptions(mandateId: string, registrationId: string, traceparent?: string): Promise<readonly string[]>;
  /** Events created at or after an instant, newest first, in pages. */
  events(since: Date, signal: AbortSignal): AsyncIterable<readonly unknown[]>;
  /** Asks something small: resolves when the provider answers at all. */
  probe(): Promise<void>;
}

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
  readonly mandate: boolean;
}

/** `fulfilling`: the parent has done their part, and the bank has not. */
export type RequestStatus = "open" | "fulfilling" | "fulfilled" | "cancelled";

export interface RequestReport {
  readonly id: string;
  readonly status: RequestStatus;
  readonly registrationId?: string;
  /** What it asks for; both left out when the answer does not say. */
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

export const isRefusal = <T extends object>(answer: T | Refusal): answer is Refusal => "refused" in answer;

/** What a payment or mandate is for: the signing-on fee, the mandate for monthly fees, or one of these fees. */
export type Purpose = "fee" | "mandate" | "monthly";

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
