import { randomBytes } from "node:crypto";
import type { Account } from "./account.ts";
import { isOpenRequest } from "./billing-requests.ts";
import { invalidState, type Refusal, usage, validationFailed } from "./errors.ts";
import { flowShape } from "./requests.ts";
import { type Flow, newId } from "./resources.ts";

type FlowBody = Partial<Flow> & { readonly links: { readonly billing_request: string } };

export const createFlow = (account: Account, given: unknown, origin: string): Flow | Refusal => {
  const errors = flowShape(given, "/billing_request_flows");
  if (errors.length > 0) return validationFailed(errors);
  const body = given as FlowBody;
  const request = account.billingRequests.get(body.links.billing_request);
  if (request === undefined) return usage(422, "link_not_found", "Billing request not found");
  if (!isOpenRequest(request)) {
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

/** Gives the flow a token for clients that draw the page themselves. */
export const initialiseFlow = (account: Account, flow: Flow): Flow | Refusal => {
  const state = flowState(account, flow);
  return state === "open"
    ? account.flows.put({ ...flow, session_token: randomBytes(24).toString("base64url") })
    : invalidState("billing_request_flow_not_open", `The flow is ${state}`);
};

/** Whether the payer can still use the page. Cancelling or fulfilling the request ends all of its flows. */
export const flowState = (account: Account, flow: Flow): "open" | "expired" | "ready" | "fulfilled" | "cancelled" => {
  const request = account.billingRequests.get(flow.links.billing_request);
  if (request?.status === "fulfilled" || request?.status === "fulfilling") return "fulfilled";
  if (request === undefined || request.status === "cancelled") return "cancelled";
  if (request.status === "ready_to_fulfil" && !flow.auto_fulfil) return "ready";
  return Date.parse(flow.expires_at) <= account.now().getTime() ? "expired" : "open";
};
