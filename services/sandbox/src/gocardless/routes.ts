import type { FastifyInstance } from "fastify";
import type { Answer } from "../stand-in/answer.ts";
import type { Account } from "./account.ts";
import { updateSubscription } from "./amending.ts";
import { cancelBillingRequest, createBillingRequest, createFlow, showBillingRequest } from "./billing-requests.ts";
import { addDays, toDay } from "./calendar.ts";
import { cancelPayment, retryPayment } from "./collecting.ts";
import { removeCustomer, visible } from "./customers.ts";
import { type ParsedBody, RateLimit } from "./entry.ts";
import { notFound, type Refusal, refusalAnswer, statusBody, usage, validationFailed } from "./errors.ts";
import { cancelMandate, cancelSubscription, reinstateMandate } from "./mandates.ts";
import type { Customer, Payout, PayoutItem, Refund } from "./money-resources.ts";
import { create, list, type Offer, operations, provide, type Row } from "./offers.ts";
import type { Query } from "./paging.ts";
import { createRefund } from "./refunds.ts";
import { type Event, hidePath, type Mandate, type Payment, type Subscription } from "./resources.ts";
import { fault } from "./shape.ts";
import {
  createPayment,
  createSubscription,
  earliestCharge,
  pauseSubscription,
  resumeSubscription,
} from "./subscriptions.ts";

const DEFAULT_RATE = 1_000;

const linked = (name: string) => (row: { readonly links: Readonly<Record<string, string>> }, value: string) =>
  row.links[name] === value;
const among = (value: string, list: string): boolean => list.split(",").includes(value);

const eventFilters = {
  resource_type: (event: Event, value: string) => event.resource_type === value,
  action: (event: Event, value: string) => event.action === value,
  include: () => true,
  billing_request: linked("billing_request"),
  payment: linked("payment"),
  mandate: linked("mandate"),
  subscription: linked("subscription"),
  refund: linked("refund"),
  payout: linked("payout"),
};

const showMandate = (account: Account) => (mandate: Mandate) => ({
  ...hidePath(mandate),
  next_possible_charge_date: mandate.next_possible_charge_date === null ? null : earliestCharge(account, mandate),
});

/** The API of one account, as a fastify plugin. Page routes are apart: they need no token. */
export const goCardlessRoutes =
  (account: Account) =>
  async (app: FastifyInstance): Promise<void> => {
    parseBodies(app);
    limitRate(app, account);
    const operation = operations(account);
    app.post(
      "/billing_request_flows",
      operation("billing_request_flows.create", (request) =>
        create(account, { name: "billing_request_flows", rows: account.flows, show: (flow) => flow }, (content, from) =>
          createFlow(account, content, `${from.protocol}://${from.host}`),
        )(request),
      ),
    );
    offerAll(account, (one) => provide(app, account, operation, one));
    offerMoney(account, (one) => provide(app, account, operation, one));
    app.get(
      "/payout_items",
      operation("payout_items.list", (request) => listPayoutItems(account, request.query as Query)),
    );
  };

const parseBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, { json: JSON.parse(String(text)) as unknown } satisfies ParsedBody);
    } catch {
      done(null, { broken: "syntax" } satisfies ParsedBody);
    }
  });
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, _text, done) => {
    done(null, { broken: "type" } satisfies ParsedBody);
  });
};

const limitRate = (app: FastifyInstance, account: Account): void => {
  const rate = new RateLimit(account.options.rateLimitPerMinute ?? DEFAULT_RATE);
  app.addHook("onRequest", async (request, reply) => {
    const { headers, exceeded } = rate.count(account.now());
    void reply.headers({ ...headers, "x-request-id": request.id });
    if (exceeded) return reply.code(429).send(statusBody(429, request.id));
    return undefined;
  });
};

const offerAll = (account: Account, offer: <T extends Row>(one: Offer<T>) => void): void => {
  offer({
    name: "billing_requests",
    rows: account.billingRequests,
    show: showBillingRequest,
    filters: { status: (row, value) => row.status === value, customer: linked("customer") },
    create: (content) => createBillingRequest(account, content),
    actions: { cancel: (row) => cancelBillingRequest(account, row) },
  });
  offer<Payment>({
    name: "payments",
    rows: visible(account, account.payments, ({ customer }) => customer),
    show: hidePath,
    filters: {
      status: (row, value) => row.status === value,
      customer: (row, value) => row.customer === value,
      mandate: linked("mandate"),
      subscription: linked("subscription"),
    },
    create: (content) => createPayment(account, content),
    actions: {
      cancel: (row) => cancelPayment(account, row),
      retry: (row) => retryPayment(account, row),
    },
  });
  offer<Mandate>({
    name: "mandates",
    rows: visible(account, account.mandates, ({ links }) => links.customer),
    show: showMandate(account),
    filters: { status: (row, value) => among(row.status, value), customer: linked("customer") },
    actions: {
      cancel: (row) => cancelMandate(account, row, "api"),
      reinstate: (row) => reinstateMandate(account, row),
    },
  });
  offer<Subscription>({
    name: "subscriptions",
    rows: visible(account, account.subscriptions, ({ links }) => account.mandates.get(links.mandate)?.links.customer),
    show: hidePath,
    filters: { status: (row, value) => among(row.status, value), mandate: linked("mandate") },
    create: (content) => createSubscription(account, content),
    update: (row, content) => updateSubscription(account, row, content),
    actions: {
      cancel: (row) => cancelSubscription(account, row),
      pause: (row) => pauseSubscription(account, row),
      resume: (row) => resumeSubscription(account, row),
    },
  });
  offer<Event>({ name: "events", rows: account.events, show: (row) => row, filters: eventFilters });
};

const offerMoney = (account: Account, offer: <T extends Row>(one: Offer<T>) => void): void => {
  offer<Refund>({
    name: "refunds",
    rows: visible(account, account.refunds, ({ links }) => account.payments.get(links.payment)?.customer),
    show: hidePath,
    filters: { payment: linked("payment"), mandate: linked("mandate") },
    create: (content) => createRefund(account, content),
  });
  offer<Payout>({
    name: "payouts",
    rows: account.payouts,
    show: (row) => row,
    filters: { status: (row, value) => row.status === value, reference: (row, value) => row.reference === value },
  });
  offer<Customer>({
    name: "customers",
    rows: account.customers,
    show: (row) => row,
    remove: (row) => removeCustomer(account, row),
  });
};

const showItem = ({ type, amount, taxes, links }: PayoutItem) => ({ type, amount, taxes, links });

/** Items can be read for six months. */
const ITEMS_DAYS = 182;

const listPayoutItems = (account: Account, query: Query): Answer | Refusal => {
  const payout = account.payouts.get(query.payout ?? "");
  if (payout === undefined) return query.payout ? notFound() : validationFailed([fault("/payout", "is required")]);
  if (addDays(payout.created_at.slice(0, 10), ITEMS_DAYS) < toDay(account.now())) {
    return usage(410, "payout_items_data_archived", "The items of this payout can no longer be read");
  }
  const filters = { payout: (item: PayoutItem, value: string) => item.payout === value };
  return list({ name: "payout_items", rows: account.payoutItems, show: showItem, filters }, query);
};

/** For a path that the API does not have. */
export const pathNotFound = (requestId: string): Answer =>
  refusalAnswer(usage(404, "path_not_found", "The path you've requested was not found"), requestId);
