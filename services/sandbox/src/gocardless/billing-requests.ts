import type { Account } from "./account.ts";
import { invalidState, type Refusal, usage, validationFailed } from "./errors.ts";
import { billingRequestShape, flowShape } from "./requests.ts";
import {
  type BillingRequest,
  type Flow,
  type MandateRequest,
  type Metadata,
  newId,
  type PaymentRequest,
} from "./resources.ts";
import { fault } from "./shape.ts";

/** Bodies are used only after their shape has been validated. */
type Body = {
  readonly payment_request?: Partial<PaymentRequest> & { amount: number; currency: string };
  readonly mandate_request?: Partial<MandateRequest> & { currency: string };
  readonly metadata?: Metadata;
  readonly fallback_enabled?: boolean;
  readonly links?: { readonly creditor?: string; readonly customer?: string; readonly customer_bank_account?: string };
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
      customer: body.links?.customer ?? newId("CU"),
      customer_billing_detail: newId("CBD"),
      ...(payment === null ? {} : { payment_request: newId("PRQ") }),
      ...(mandate === null ? {} : { mandate_request: newId("MRQ") }),
    },
  });
  account.record("billing_requests", "created", { billing_request: created.id }, created.metadata);
  return created;
};

export const cancelBillingRequest = (account: Account, request: BillingRequest): BillingRequest | Refusal => {
  if (request.status !== "pending" && request.status !== "ready_to_fulfil") {
    return invalidState("billing_request_not_cancellable", `Billing request is ${request.status}`);
  }
  const cancelled = account.billingRequests.put({ ...request, status: "cancelled" });
  account.record("billing_requests", "cancelled", { billing_request: request.id }, request.metadata);
  return cancelled;
};

type FlowBody = Partial<Flow> & { readonly links: { readonly billing_request: string } };

export const createFlow = (account: Account, given: unknown, origin: string): Flow | Refusal => {
  const errors = flowShape(given, "/billing_request_flows");
  if (errors.length > 0) return validationFailed(errors);
  const body = given as FlowBody;
  const request = account.billingRequests.get(body.links.billing_request);
  if (request === undefined) return usage(422, "link_not_found", "Billing request not found");
  if (request.status !== "pending" && request.status !== "ready_to_fulfil") {
    return invalidState("billing_request_not_pending", `Billing request is ${request.status}`);
  }
  const now = account.now();
  const id = newId("BRF");
  const flow = account.flows.put({
    id,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + account.lifecycle.flowMs).toISOString(),
    authorisation_url: `${account.options.pageOrigin ?? origin}/billing/static/flow?id=${id}`,
    redirect_uri: body.redirect_uri ?? null,
    exit_uri: body.exit_uri ?? null,
    auto_fulfil: body.auto_fulfil ?? true,
    lock_customer_details: body.lock_customer_details ?? false,
    lock_bank_account: body.lock_bank_account ?? false,
    lock_currency: body.lock_currency ?? false,
    show_redirect_buttons: body.show_redirect_buttons ?? false,
    show_success_redirect_button: body.show_success_redirect_button ?? false,
    skip_success_screen: body.skip_success_screen ?? false,
    customer_details_captured: body.customer_details_captured ?? false,
    language: body.language ?? "en",
    prefilled_customer: body.prefilled_customer ?? null,
    prefilled_bank_account: body.prefilled_bank_account ?? null,
    session_token: null,
    links: { billing_request: request.id },
  });
  const links = { billing_request: request.id, billing_request_flow: id };
  account.record("billing_requests", "flow_created", links, request.metadata);
  return flow;
};

/** Whether the payer can still use the page. Cancelling or fulfilling the request ends all of its flows. */
export const flowState = (account: Account, flow: Flow): "open" | "expired" | "fulfilled" | "cancelled" => {
  const request = account.billingRequests.get(flow.links.billing_request);
  if (request?.status === "fulfilled" || request?.status === "fulfilling") return "fulfilled";
  if (request === undefined || request.status === "cancelled") return "cancelled";
  return Date.parse(flow.expires_at) <= account.now().getTime() ? "expired" : "open";
};

type Action = {
  readonly type: string;
  readonly required: boolean;
  readonly completes_actions: readonly string[];
  readonly requires_actions: readonly string[];
  readonly status: "pending" | "completed";
};

/** The billing request as the API shows it, with what the payer still has to do. */
export const showBillingRequest = (request: BillingRequest): object => {
  const done = request.status === "fulfilled" || request.status === "fulfilling";
  const action = (type: string, requires: string[], completes: string[] = []): Action => ({
    type,
    required: true,
    completes_actions: completes,
    requires_actions: requires,
    status: done ? "completed" : "pending",
  });
  const incomplete = {
    customer: ["email", "given_name", "family_name"],
    customer_billing_detail: ["address_line1", "city", "postal_code", "country_code"],
  };
  return {
    ...request,
    actions: [
      { ...action("choose_currency", []), status: "completed", available_currencies: ["GBP"] },
      {
        ...action("collect_customer_details", ["choose_currency"]),
        collect_customer_details: {
          incomplete_fields: done ? { customer: [], customer_billing_detail: [] } : incomplete,
          default_country_code: "GB",
        },
      },
      { ...action("collect_bank_account", [], ["choose_currency"]), available_country_codes: ["GB"] },
      action("confirm_payer_details", ["collect_customer_details", "collect_bank_account"]),
      ...(request.payment_request === null
        ? []
        : [
            {
              ...action("bank_authorisation", ["select_institution"]),
              bank_authorisation: { authorisation_type: "payment", adapter: "open_banking_gateway_pis" },
            },
          ]),
    ],
  };
};
