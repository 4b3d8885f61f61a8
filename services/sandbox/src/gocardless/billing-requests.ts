import type { Account } from "./account.ts";
import { invalidState, isRefusal, type Refusal, usage, validationFailed } from "./errors.ts";
import { type GivenPayer, payerLinks } from "./payers.ts";
import { billingRequestShape } from "./requests.ts";
import { type BillingRequest, type MandateRequest, type Metadata, newId, type PaymentRequest } from "./resources.ts";
import { fault } from "./shape.ts";

/** Bodies are used only after their shape has been validated. */
type Body = {
  readonly payment_request?: Partial<PaymentRequest> & { amount: number; currency: string };
  readonly mandate_request?: Partial<MandateRequest> & { currency: string };
  readonly metadata?: Metadata;
  readonly fallback_enabled?: boolean;
  readonly links?: GivenPayer & { readonly creditor?: string };
};

const paymentRequest = (body: Body["payment_request"]): PaymentRequest | null =>
  body === undefined || body === null
    ? null
    : {
        amount: body.amount,
        currency: body.currency,
        description: body.description ?? null,
        scheme: body.scheme ?? "faster_payments",
        app_fee: body.app_fee ?? null,
        reference: body.reference ?? null,
        funds_settlement: body.funds_settlement ?? "managed",
        metadata: body.metadata ?? {},
        links: {},
      };

const mandateRequest = (body: Body["mandate_request"]): MandateRequest | null =>
  body === undefined || body === null
    ? null
    : {
        currency: body.currency,
        scheme: body.scheme ?? "bacs",
        description: body.description ?? null,
        verify: body.verify ?? "minimum",
        sweeping: body.sweeping ?? false,
        constraints: body.constraints ?? null,
        payer_requested_dual_signature: body.payer_requested_dual_signature ?? false,
        metadata: body.metadata ?? {},
        links: {},
      };

export const createBillingRequest = (account: Account, given: unknown): BillingRequest | Refusal => {
  const errors = billingRequestShape(given, "/billing_requests");
  const body = given as Body;
  if (errors.length === 0 && !body.payment_request && !body.mandate_request) {
    errors.push(fault("/billing_requests/payment_request", "payment_request or mandate_request is required"));
  }
  if (errors.length > 0) return validationFailed(errors);
  const creditor = body.links?.creditor ?? account.creditor;
  if (creditor !== account.creditor) return usage(422, "link_not_found", "Creditor not found");
  const payer = payerLinks(account, body.links ?? {});
  if (isRefusal(payer)) return payer;
  const payment = paymentRequest(body.payment_request);
  const mandate = mandateRequest(body.mandate_request);
  const created = account.billingRequests.put({
    id: newId("BRQ"),
    created_at: account.now().toISOString(),
    status: "pending",
    payment_request: payment,
    mandate_request: mandate,
    subscription_request: null,
    instalment_schedule_request: null,
    metadata: body.metadata ?? {},
    fallback_enabled: body.fallback_enabled ?? false,
    fallback_occurred: false,
    sign_flow_url: null,
    creditor_name: account.creditorName,
    links: {
      creditor,
      organisation: "OR000TOUCHLINE",
      ...payer,
      customer_billing_detail: newId("CBD"),
      ...(payment === null ? {} : { payment_request: newId("PRQ") }),
      ...(mandate === null ? {} : { mandate_request: newId("MRQ") }),
    },
  });
  account.record("billing_requests", "created", { billing_request: created.id }, created.metadata);
  return created;
};

/** Whether it can still be paid or cancelled. */
export const isOpenRequest = ({ status }: BillingRequest): boolean =>
  status === "pending" || status === "ready_to_fulfil";

export const cancelBillingRequest = (account: Account, request: BillingRequest): BillingRequest | Refusal => {
  if (!isOpenRequest(request)) {
    return invalidState("billing_request_not_cancellable", `Billing request is ${request.status}`);
  }
  const cancelled = account.billingRequests.put({ ...request, status: "cancelled" });
  account.record("billing_requests", "cancelled", { billing_request: request.id }, request.metadata);
  return cancelled;
};

/** Direct Debit instead of an authorisation by the bank, from the next visit of the page. */
export const fallBack = (account: Account, request: BillingRequest): BillingRequest | Refusal =>
  request.status === "pending" && request.fallback_enabled && request.payment_request !== null
    ? account.billingRequests.put({ ...request, fallback_occurred: true })
    : invalidState("billing_request_fallback_not_possible", "The billing request does not allow a fallback");

/** GoCardless would e-mail the payer; the stand-in sends none. */
export const notifyPayer = (request: BillingRequest): BillingRequest | Refusal =>
  isOpenRequest(request)
    ? request
    : invalidState("billing_request_not_pending", `Billing request is ${request.status}`);
