import { type Html, html } from "@touchline/service/html";
import type { Refund } from "../gocardless/money-resources.ts";
import { pounds } from "../gocardless/page.ts";
import { canBeChargedBack, canFail, isOpenMandate } from "../gocardless/path.ts";
import type { BillingRequest, Mandate, Payment, Subscription } from "../gocardless/resources.ts";
import { timeOf } from "./time.ts";
import type { World } from "./world.ts";

const good = ["fulfilled", "confirmed", "paid_out", "paid", "active"];
const bad = ["failed", "charged_back", "cancelled", "expired", "bounced"];

const plain = (status: string): string => status.replaceAll("_", " ");

const chip = (status: string, testid: string): Html => {
  const tone = good.includes(status) ? "good" : bad.includes(status) ? "bad" : "neutral";
  return html`<span class="status ${tone}" data-testid="${testid}" data-status="${status}">${plain(status)}</span>`;
};

/** A button that does one thing to one resource. */
const act = (what: string, id: string, label: string): Html =>
  html`<form method="post" action="/sandbox/act" data-live><input type="hidden" name="id" value="${id}"><button id="${what}-${id}" class="small" name="do" value="${what}" data-testid="${what}">${label}</button></form>`;

const when = (shown: boolean, button: Html): Html | "" => (shown ? button : "");

const refundRow = (refund: Refund): Html => html`<div class="row" data-testid="refund">
<p><b>Refund</b> ${pounds(refund.amount)} ${chip(refund.status, "refund-status")}<span class="id">${refund.id}</span></p>
<div class="acts">${when(!["bounced", "funds_returned"].includes(refund.status), act("failRefund", refund.id, "Let it come back"))}</div></div>`;

const paymentRow = (
  payment: Payment,
  refunds: readonly Refund[],
): Html => html`<div class="row" data-testid="payment" data-payment="${payment.id}">
<p><b>Payment</b> ${pounds(payment.amount)} ${chip(payment.status, "payment-status")}<span class="id">${payment.id}</span></p>
<div class="acts">
${when(canFail(payment), act("failPayment", payment.id, "Let it fail"))}
${when(canFail(payment) && payment.retry_if_possible, act("failAndRetry", payment.id, "Let it fail, to be tried again"))}
${when(payment.status === "pending_submission", act("cancelPayment", payment.id, "Cancel it"))}
${when(canBeRefunded(payment), act("refundPayment", payment.id, "Refund it"))}
${when(canBeRefunded(payment), act("refundHalf", payment.id, "Refund half"))}
${when(canBeChargedBack(payment), act("chargeBack", payment.id, "Charge back"))}
${when(payment.status === "charged_back", act("cancelChargeBack", payment.id, "Undo charge-back"))}
${when(payment.path.length > 0, act("advancePayment", payment.id, `Make it ${plain(payment.path[0] ?? "")} now`))}
</div>${refunds.map(refundRow)}</div>`;

const canBeRefunded = (payment: Payment): boolean =>
  canBeChargedBack(payment) && payment.amount_refunded < payment.amount;

const mandateRow = (mandate: Mandate): Html => html`<div class="row" data-testid="mandate" data-mandate="${mandate.id}">
<p><b>Direct Debit</b> ${chip(mandate.status, "mandate-status")}<span class="id">${mandate.id}</span></p>
<div class="acts">
${when(isOpenMandate(mandate), act("cancelMandate", mandate.id, "Payer cancels at the bank"))}
${when(isOpenMandate(mandate) && mandate.status !== "active", act("failMandate", mandate.id, "Let it fail"))}
${when(isOpenMandate(mandate), act("transferMandate", mandate.id, "Payer changes bank"))}
${when(isOpenMandate(mandate), act("replaceMandate", mandate.id, "Replace"))}
${when(isOpenMandate(mandate), act("expireMandate", mandate.id, "Let it expire"))}
${when(!isOpenMandate(mandate), act("reinstateMandate", mandate.id, "Bank reinstates it"))}
</div></div>`;

const subscriptionRow = (
  subscription: Subscription,
): Html => html`<div class="row" data-testid="subscription" data-subscription="${subscription.id}">
<p><b>Subscription</b> ${pounds(subscription.amount)} ${chip(subscription.status, "subscription-status")}
<span class="soft">${subscription.upcoming_payments.length} to come, next ${subscription.upcoming_payments[0]?.charge_date ?? "none"}</span><span class="id">${subscription.id}</span></p>
<div class="acts">${when(subscription.status === "active" && subscription.upcoming_payments.length > 0, act("collectNext", subscription.id, "Collect the next one now"))}
${when(subscription.status === "active", act("pauseSubscription", subscription.id, "Pause"))}
${when(subscription.status === "paused", act("resumeSubscription", subscription.id, "Resume"))}</div></div>`;

const asked = (request: BillingRequest): string =>
  [
    request.payment_request === null ? "" : `${pounds(request.payment_request.amount)} now`,
    request.mandate_request === null ? "" : "a Direct Debit mandate",
  ]
    .filter((part) => part !== "")
    .join(" and ");

const requestCard = (world: World, request: BillingRequest): Html => {
  const { account } = world;
  const mandate = account.mandates.get(request.links.mandate_request_mandate ?? "");
  const mine = (payment: Payment) =>
    payment.id === request.links.payment_request_payment ||
    (mandate !== undefined && payment.links.mandate === mandate.id);
  const refundsOf = (payment: Payment) => account.refunds.all().filter((one) => one.links.payment === payment.id);
  const subscriptions = account.subscriptions.all().filter((one) => one.links.mandate === mandate?.id);
  const customer = request.links.customer ?? "";
  const flows = account.flows.all().filter((flow) => flow.links.billing_request === request.id).length;
  const title = request.payment_request?.description ?? request.mandate_request?.description ?? "Billing request";
  return html`<li id="request-${request.id}" class="request" data-testid="billing-request" data-billing-request="${request.id}">
<h3>${title}</h3>
<p>${chip(request.status, "billing-request-status")} asks for ${asked(request)}<span class="id">${request.id}</span></p>
<p class="soft">Created ${timeOf(request.created_at)}; ${flows} page${flows === 1 ? "" : "s"} opened for it</p>
${account.payments
  .all()
  .filter(mine)
  .map((payment) => paymentRow(payment, refundsOf(payment)))}
${mandate === undefined ? "" : mandateRow(mandate)}
${subscriptions.map(subscriptionRow)}
${when(Boolean(account.customers.get(customer)?.email), html`<div class="acts">${act("removeCustomer", customer, "Remove the payer’s data")}</div>`)}
${when(request.status === "pending", html`<div class="acts">${act("pay", request.id, "Pay without the page")}${when(request.fallback_enabled, act("payByFallback", request.id, "Pay by Direct Debit instead"))}${act("cancelBillingRequest", request.id, "Cancel the request")}</div>`)}
</li>`;
};

const SHOWN = 20;

export const paymentsList = (world: World): Html => {
  const requests = world.account.billingRequests.newest().slice(0, SHOWN);
  if (requests.length === 0) return html`<li id="request-none" class="empty">No payment has been asked for yet.</li>`;
  return html`${requests.map((request) => requestCard(world, request))}`;
};

export const paymentsPane = (
  world: World,
): Html => html`<section id="payments" class="pane" aria-labelledby="payments-title">
<header class="pane-head"><h2 id="payments-title">Payments</h2><p>What GoCardless knows, and what the bank could do</p></header>
<ul id="payments-list" class="cards" data-testid="payments">${paymentsList(world)}</ul>
</section>`;
