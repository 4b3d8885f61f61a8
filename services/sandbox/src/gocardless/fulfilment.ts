import type { Account } from "./account.ts";
import { nextPossibleChargeDate, toDay } from "./calendar.ts";
import { proceedPayment } from "./collecting.ts";
import { ensureCustomer } from "./customers.ts";
import { proceedMandate } from "./mandates.ts";
import { allowedEnd, mandatePath, type PaymentEnd, paymentPath } from "./path.ts";
import { type BillingRequest, type Flow, type Mandate, newId, type Payment } from "./resources.ts";

/**
 * The payer completed the page, so everything requested is created. `by`: the bank authorises the payment at once, or cannot
 * be asked, and it falls back to Direct Debit.
 */
export const fulfil = (
  account: Account,
  request: BillingRequest,
  end?: PaymentEnd,
  by: "bank" | "fallback" = "bank",
): BillingRequest => {
  const say = (action: string, links: Record<string, string> = {}) =>
    account.record("billing_requests", action, { billing_request: request.id, ...links }, request.metadata);
  const customer = request.links.customer ?? "";
  const bankAccount = newId("BA");
  ensureCustomer(account, customer);
  say("collect_customer_details", { customer });
  say("collect_bank_account", { customer, customer_bank_account: bankAccount });
  say("payer_details_confirmed", { customer, customer_bank_account: bankAccount });
  if (request.payment_request !== null && by === "bank") {
    const authorisation = newId("BAU");
    say("bank_authorisation_visited", { bank_authorisation: authorisation });
    say("bank_authorisation_authorised", { bank_authorisation: authorisation });
  }
  const mandate = createMandate(account, request, bankAccount, by === "fallback");
  const payment = createPayment(account, request, end, by === "fallback" ? mandate : undefined);
  const made = {
    ...(mandate === undefined ? {} : { mandate_request_mandate: mandate.id }),
    ...(payment === undefined ? {} : { payment_request_payment: payment.id }),
  };
  const fulfilled = account.billingRequests.put({
    ...request,
    status: "fulfilled",
    fallback_occurred: by === "fallback",
    payment_request: withLink(request.payment_request, "payment", payment?.id),
    mandate_request: withLink(request.mandate_request, "mandate", mandate?.id),
    links: { ...request.links, customer_bank_account: bankAccount, ...made },
  });
  const { mandate_request, payment_request } = request.links;
  say("fulfilled", {
    customer,
    customer_bank_account: bankAccount,
    ...(mandate_request === undefined ? {} : { mandate_request }),
    ...(payment_request === undefined ? {} : { payment_request }),
    ...made,
  });
  if (mandate !== undefined) announceMandate(account, mandate);
  if (payment !== undefined) announcePayment(account, payment);
  return fulfilled;
};

const withLink = <R extends { readonly links: object }>(
  part: R | null,
  name: string,
  id: string | undefined,
): R | null => (part === null || id === undefined ? part : { ...part, links: { ...part.links, [name]: id } });

/** A fallback needs a mandate even if none was asked for. */
const createMandate = (
  account: Account,
  request: BillingRequest,
  bankAccount: string,
  fallback: boolean,
): Mandate | undefined => {
  const wanted = request.mandate_request ?? (fallback ? { scheme: "bacs", metadata: {} } : undefined);
  if (wanted === undefined) return undefined;
  const now = account.now();
  const id = newId("MD");
  return account.mandates.put({
    id,
    created_at: now.toISOString(),
    reference: `TL-${id.slice(-8)}`,
    status: "pending_submission",
    scheme: wanted.scheme,
    next_possible_charge_date: nextPossibleChargeDate(toDay(now)),
    payments_require_approval: false,
    authorisation_source: "web",
    mandate_type: "bank_debit",
    verified_at: null,
    metadata: wanted.metadata,
    links: {
      creditor: account.creditor,
      customer: request.links.customer ?? "",
      customer_bank_account: bankAccount,
    },
    path: mandatePath,
  });
};

/** `fallback`: the mandate on which the money is collected, since the bank could not be asked. */
const createPayment = (
  account: Account,
  request: BillingRequest,
  end?: PaymentEnd,
  fallback?: Mandate,
): Payment | undefined => {
  const wanted = request.payment_request;
  if (wanted === null) return undefined;
  const now = account.now();
  const chosen = end ?? account.faults.drawOutcome(request.id)?.status ?? "paid_out";
  const retried = fallback !== undefined && (account.options.fallbackRetries ?? true);
  return account.payments.put({
    id: newId("PM"),
    created_at: now.toISOString(),
    charge_date: fallback?.next_possible_charge_date ?? toDay(now),
    amount: wanted.amount,
    amount_refunded: 0,
    currency: wanted.currency,
    description: wanted.description,
    reference: wanted.reference,
    scheme: fallback?.scheme ?? wanted.scheme,
    status: "pending_submission",
    retry_if_possible: retried,
    metadata: wanted.metadata,
    links: { creditor: account.creditor, ...(fallback && { mandate: fallback.id }) },
    path: paymentPath(fallback ? allowedEnd(chosen, retried) : chosen),
    customer: request.links.customer,
  });
};

const announceMandate = (account: Account, mandate: Mandate): void => {
  account.record("mandates", "created", { mandate: mandate.id }, mandate.metadata);
  proceedMandate(account, mandate);
};

export const announcePayment = (account: Account, payment: Payment): void => {
  account.record("payments", "created", { payment: payment.id }, payment.metadata);
  proceedPayment(account, payment);
};

/** What the payer does on the page. */
export const visit = (account: Account, flow: Flow, action: "flow_visited" | "flow_exited"): void => {
  const request = account.billingRequests.get(flow.links.billing_request);
  const links = { billing_request: flow.links.billing_request, billing_request_flow: flow.id };
  account.record("billing_requests", action, links, request?.metadata ?? {});
};

export const denyAtBank = (account: Account, flow: Flow): void => {
  const id = flow.links.billing_request;
  const links = { billing_request: id, bank_authorisation: newId("BAU") };
  account.record(
    "billing_requests",
    "bank_authorisation_denied",
    links,
    account.billingRequests.get(id)?.metadata ?? {},
  );
};
