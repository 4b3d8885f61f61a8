import type { Account } from "./account.ts";
import { nextPossibleChargeDate, toDay } from "./calendar.ts";
import { proceedPayment } from "./collecting.ts";
import { invalidState, type Refusal } from "./errors.ts";
import type { Details } from "./event-details.ts";
import { proceedMandate } from "./mandates.ts";
import { allowedEnd, mandatePath, type PaymentEnd, paymentPath } from "./path.ts";
import { enterDetails } from "./payers.ts";
import {
  type BillingRequest,
  type Event,
  type Flow,
  type Mandate,
  newId,
  type Payment,
  type PaymentStatus,
} from "./resources.ts";

/** How the payer pays: the bank authorises it at once, or cannot be asked, and it falls back to Direct Debit. */
type By = "bank" | "fallback";

const sayer =
  (account: Account, request: BillingRequest) =>
  (action: string, links: Record<string, string> = {}, details: Details = {}): Event =>
    account.record("billing_requests", action, { billing_request: request.id, ...links }, request.metadata, details);

/** The payer did everything on the page. `end` is how the payment will end. */
export const complete = (
  account: Account,
  request: BillingRequest,
  end?: PaymentEnd,
  by: By = request.fallback_occurred ? "fallback" : "bank",
): BillingRequest => {
  if (request.status === "ready_to_fulfil") return request;
  const say = sayer(account, request);
  const { customer = "", customer_bank_account = newId("BA") } = request.links;
  enterDetails(account, customer);
  say("collect_customer_details", { customer });
  say("collect_bank_account", { customer, customer_bank_account });
  say("payer_details_confirmed", { customer, customer_bank_account });
  if (request.payment_request !== null && by === "bank") {
    const authorisation = newId("BAU");
    say("bank_authorisation_visited", { bank_authorisation: authorisation });
    say("bank_authorisation_authorised", { bank_authorisation: authorisation });
  }
  return account.billingRequests.put({
    ...request,
    status: "ready_to_fulfil",
    fallback_occurred: by === "fallback",
    links: { ...request.links, customer_bank_account },
    ...(request.payment_request === null ? {} : { path: pathOf(account, request, by, end) }),
  });
};

const pathOf = (account: Account, { id }: BillingRequest, by: By, end?: PaymentEnd): readonly PaymentStatus[] => {
  const chosen = end ?? account.faults.drawOutcome(id)?.status ?? "paid_out";
  return paymentPath(by === "fallback" ? allowedEnd(chosen, fallbackRetries(account)) : chosen);
};

const fallbackRetries = ({ options }: Account): boolean => options.fallbackRetries ?? true;

/** Creates everything that was requested. */
export const fulfil = (account: Account, request: BillingRequest, details: Details = {}): BillingRequest => {
  const { customer = "", customer_bank_account = "", mandate_request, payment_request } = request.links;
  const mandate = createMandate(account, request);
  const payment = createPayment(account, request, request.fallback_occurred ? mandate : undefined);
  const made = {
    ...(mandate === undefined ? {} : { mandate_request_mandate: mandate.id }),
    ...(payment === undefined ? {} : { payment_request_payment: payment.id }),
  };
  const fulfilled = account.billingRequests.put({
    ...request,
    status: "fulfilled",
    payment_request: withLink(request.payment_request, "payment", payment?.id),
    mandate_request: withLink(request.mandate_request, "mandate", mandate?.id),
    links: { ...request.links, ...made },
  });
  const links = {
    customer,
    customer_bank_account,
    ...(mandate_request === undefined ? {} : { mandate_request }),
    ...(payment_request === undefined ? {} : { payment_request }),
    ...made,
  };
  sayer(account, request)("fulfilled", links, details);
  if (mandate !== undefined) announceMandate(account, mandate);
  if (payment !== undefined) announcePayment(account, payment);
  return fulfilled;
};

/** `POST …/actions/fulfil`: for flows without `auto_fulfil`. */
export const fulfilReady = (account: Account, request: BillingRequest): BillingRequest | Refusal =>
  request.status === "ready_to_fulfil"
    ? fulfil(account, request, { origin: "api" })
    : invalidState("billing_request_not_ready_to_fulfil", `Billing request is ${request.status}`);

const withLink = <R extends { readonly links: object }>(
  part: R | null,
  name: string,
  id: string | undefined,
): R | null => (part === null || id === undefined ? part : { ...part, links: { ...part.links, [name]: id } });

/** A fallback needs a mandate even if none was asked for. */
const createMandate = (account: Account, request: BillingRequest): Mandate | undefined => {
  const fallback = request.fallback_occurred ? { scheme: "bacs", metadata: {} } : undefined;
  const wanted = request.mandate_request ?? fallback;
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
      customer_bank_account: request.links.customer_bank_account ?? "",
    },
    path: mandatePath,
  });
};

/** `fallback`: the mandate on which the money is collected, since the bank could not be asked. */
const createPayment = (account: Account, request: BillingRequest, fallback?: Mandate): Payment | undefined => {
  const wanted = request.payment_request;
  if (wanted === null) return undefined;
  const now = account.now();
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
    retry_if_possible: fallback !== undefined && fallbackRetries(account),
    metadata: wanted.metadata,
    links: { creditor: account.creditor, ...(fallback && { mandate: fallback.id }) },
    path: request.path ?? paymentPath("paid_out"),
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
