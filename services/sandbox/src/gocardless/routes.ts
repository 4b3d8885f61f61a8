import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Answer } from "../stand-in/answer.ts";
import { behindFaults } from "../stand-in/operation.ts";
import type { Account } from "./account.ts";
import { cancelBillingRequest, createBillingRequest, createFlow, showBillingRequest } from "./billing-requests.ts";
import { cancelMandate, cancelPayment, cancelSubscription, retryPayment } from "./collecting.ts";
import { openEnvelope, type ParsedBody, RateLimit, refuseBody, refuseEntry, refuseKey } from "./entry.ts";
import {
  forcedAnswer,
  idempotencyConflict,
  isRefusal,
  notFound,
  type Refusal,
  refusalAnswer,
  statusBody,
  usage,
  validationFailed,
} from "./errors.ts";
import { type Page, page, type Query } from "./paging.ts";
import { actionShape } from "./requests.ts";
import { type Event, hidePath, type Mandate, type Payment, type Subscription } from "./resources.ts";
import { createPayment, createSubscription, earliestCharge } from "./subscriptions.ts";

const DEFAULT_RATE = 1_000;

type Row = { readonly id: string; readonly created_at: string };
type Source<T> = { get(id: string): T | undefined; newest(): T[] };

/** How one kind of resource is offered under `/{name}`. */
type Offer<T extends Row> = {
  readonly name: string;
  readonly rows: Source<T>;
  readonly show: (row: T) => object;
  readonly filters?: Readonly<Record<string, (row: T, value: string) => boolean>>;
  readonly create?: (content: unknown, request: FastifyRequest) => T | Refusal;
  readonly actions?: Readonly<Record<string, (row: T) => T | Refusal>>;
};

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
};

const showMandate = (account: Account) => (mandate: Mandate) => ({
  ...hidePath(mandate),
  next_possible_charge_date: mandate.next_possible_charge_date === null ? null : earliestCharge(account, mandate),
});

/** The API of one account, as a fastify plugin. Page routes are apart: they need no token. */
export const goCardlessRoutes =
  (account: Account) =>
  async (app: FastifyInstance): Promise<void> => {
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

    const rate = new RateLimit(account.options.rateLimitPerMinute ?? DEFAULT_RATE);
    app.addHook("onRequest", async (request, reply) => {
      const { headers, exceeded } = rate.count(account.now());
      void reply.headers({ ...headers, "x-request-id": request.id });
      if (exceeded) return reply.code(429).send(statusBody(429, request.id));
      return undefined;
    });

    const gate = {
      log: account.log,
      scheduler: account.scheduler,
      now: account.now,
      wording: { status: statusBody, error: forcedAnswer },
      draw: (operation: string) => account.faults.drawRequest(operation),
    };
    const operation = (name: string, work: (request: FastifyRequest) => Answer | Refusal) =>
      behindFaults(gate, name, (request) => {
        const result =
          refuseEntry(request, account.options.accessToken) ??
          refuseBody(request.body as ParsedBody | undefined) ??
          work(request);
        return isRefusal(result) ? refusalAnswer(result, request.id) : result;
      });

    /** Creates once per idempotency key; the key is remembered only when something was created. */
    const create =
      <T extends Row>(offer: Offer<T>, make: NonNullable<Offer<T>["create"]>) =>
      (request: FastifyRequest): Answer | Refusal => {
        const key = request.headers["idempotency-key"];
        const creation = typeof key === "string" ? `${offer.name} ${key}` : undefined;
        const envelope = openEnvelope(request.body as ParsedBody | undefined, offer.name);
        if (isRefusal(envelope)) return envelope;
        const refused = refuseKey(typeof key === "string" ? key : undefined);
        if (refused !== undefined) return refused;
        const before = creation === undefined ? undefined : account.creations.get(creation);
        if (before !== undefined) return idempotencyConflict(before.resource);
        const made = make(envelope.content, request);
        if (isRefusal(made)) return made;
        if (creation !== undefined) account.creations.put({ id: creation, resource: made.id });
        const headers = { location: `/${offer.name}/${made.id}` };
        return { status: 201, headers, body: { [offer.name]: offer.show(made) } };
      };

    const act =
      <T extends Row>(offer: Offer<T>, action: (row: T) => T | Refusal) =>
      (request: FastifyRequest): Answer | Refusal => {
        const row = offer.rows.get((request.params as { id: string }).id);
        if (row === undefined) return notFound();
        const body = request.body as ParsedBody | undefined;
        const data = body !== undefined && "json" in body ? (body.json as { data?: unknown } | null)?.data : undefined;
        const errors = data === undefined || data === null ? [] : actionShape(data, "/data");
        if (errors.length > 0) return validationFailed(errors);
        const done = action(row);
        return isRefusal(done) ? done : { status: 200, body: { [offer.name]: offer.show(done) } };
      };

    const list = <T extends Row>(offer: Offer<T>, query: Query): Answer | Refusal => {
      const found: Page<T> | Refusal = page(offer.rows.newest(), query, offer.filters ?? {});
      if (isRefusal(found)) return found;
      return { status: 200, body: { [offer.name]: found.rows.map(offer.show), meta: found.meta } };
    };

    const provide = <T extends Row>(offer: Offer<T>): void => {
      const { name, create: make, actions = {} } = offer;
      app.get(
        `/${name}`,
        operation(`${name}.list`, (request) => list(offer, request.query as Query)),
      );
      app.get(
        `/${name}/:id`,
        operation(`${name}.get`, (request) => {
          const row = offer.rows.get((request.params as { id: string }).id);
          return row === undefined ? notFound() : { status: 200, body: { [name]: offer.show(row) } };
        }),
      );
      if (make !== undefined) app.post(`/${name}`, operation(`${name}.create`, create(offer, make)));
      for (const [action, run] of Object.entries(actions)) {
        app.post(`/${name}/:id/actions/${action}`, operation(`${name}.${action}`, act(offer, run)));
      }
    };

    provide({
      name: "billing_requests",
      rows: account.billingRequests,
      show: showBillingRequest,
      filters: { status: (row, value) => row.status === value, customer: linked("customer") },
      create: (content) => createBillingRequest(account, content),
      actions: { cancel: (row) => cancelBillingRequest(account, row) },
    });
    app.post(
      "/billing_request_flows",
      operation("billing_request_flows.create", (request) =>
        create({ name: "billing_request_flows", rows: account.flows, show: (flow) => flow }, (content, from) =>
          createFlow(account, content, `${from.protocol}://${from.host}`),
        )(request),
      ),
    );
    provide<Payment>({
      name: "payments",
      rows: account.payments,
      show: hidePath,
      filters: {
        status: (row, value) => row.status === value,
        mandate: linked("mandate"),
        subscription: linked("subscription"),
      },
      create: (content) => createPayment(account, content),
      actions: {
        cancel: (row) => cancelPayment(account, row),
        retry: (row) => retryPayment(account, row),
      },
    });
    provide<Mandate>({
      name: "mandates",
      rows: account.mandates,
      show: showMandate(account),
      filters: { status: (row, value) => among(row.status, value), customer: linked("customer") },
      actions: { cancel: (row) => cancelMandate(account, row, "api") },
    });
    provide<Subscription>({
      name: "subscriptions",
      rows: account.subscriptions,
      show: (row) => row,
      filters: { status: (row, value) => among(row.status, value), mandate: linked("mandate") },
      create: (content) => createSubscription(account, content),
      actions: { cancel: (row) => cancelSubscription(account, row) },
    });
    provide<Event>({ name: "events", rows: account.events, show: (row) => row, filters: eventFilters });
  };

/** For a path that the API does not have. */
export const pathNotFound = (requestId: string): Answer =>
  refusalAnswer(usage(404, "path_not_found", "The path you've requested was not found"), requestId);
