/**
 * What this service asks of GoCardless. Every call throws `Fault` when GoCardless is away or asks to slow down. `traceparent` is the
 * W3C trace context of the story that a call belongs to; GoCardless is told.
 */
export interface PaymentProvider {
  /** Creates a billing request, or finds the one that was created under the same key. */
  createRequest(request: NewRequest, traceparent?: string): Promise<RequestReport | Refusal>;
  /** Undefined when GoCardless knows no such billing request. */
  readRequest(id: string, traceparent?: string): Promise<RequestReport | undefined>;
  /** Cancels a billing request; `false` when its state does not allow it any more. */
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
  /** Asks something small: resolves when GoCardless answers at all. */
  probe(): Promise<void>;
}

/** GoCardless understood and will say the same again: an operator must look. */
export interface Refusal {
  readonly refused: string;
  /** GoCardless's words with the names of the fields, without their values. */
  readonly reason: string;
}

export interface NewRequest {
  readonly idempotencyKey: string;
  readonly registrationId: string;
  readonly feePence: number;
  readonly mandate: boolean;
}

export type RequestStatus = "pending" | "ready_to_fulfil" | "fulfilling" | "fulfilled" | "cancelled";

export interface RequestReport {
  readonly id: string;
  readonly status: RequestStatus;
  readonly registrationId?: string;
  /** What it asks for; both left out when GoCardless's answer does not say. */
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
  readonly purpose?: string;
}

export interface MandateReport {
  readonly status: string;
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

/** What we write on the things that we create: GoCardless's events about them carry it. At most three keys. */
export const purposes = { fee: "signing_fee", mandate: "monthly_mandate", monthly: "monthly_fee" } as const;
