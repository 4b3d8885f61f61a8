import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Answer } from "../stand-in/answer.ts";
import { behindFaults } from "../stand-in/operation.ts";
import type { Account } from "./account.ts";
import { openEnvelope, type ParsedBody, refuseBody, refuseEntry, refuseKey } from "./entry.ts";
import {
  forcedAnswer,
  idempotencyConflict,
  isRefusal,
  notFound,
  type Refusal,
  refusalAnswer,
  statusBody,
  validationFailed,
} from "./errors.ts";
import { type Filters, type Page, page, type Query, type Sorts } from "./paging.ts";
import { actionShape } from "./requests.ts";
import type { Metadata } from "./resources.ts";
import { type Check, givenFields } from "./shape.ts";

export type Row = { readonly id: string; readonly created_at: string };
type Source<T> = { get(id: string): T | undefined; newest(): T[] };

/** What the API can do to a row. `shape` is of the action's body, by default of one that has only metadata. */
export type Action<T> = { readonly run: (row: T, body: object) => T | Refusal; readonly shape?: Check };

/** How one kind of resource is served under `/{name}`. */
export type Offer<T extends Row> = {
  readonly name: string;
  readonly rows: Source<T>;
  readonly show: (row: T) => object;
  readonly filters?: Filters<T> | ((query: Query) => Filters<T>);
  readonly sorts?: Sorts<T>;
  readonly create?: (content: unknown, request: FastifyRequest) => T | Refusal;
  readonly update?: (row: T, content: unknown) => T | Refusal;
  readonly actions?: Readonly<Record<string, Action<T>>>;
  readonly remove?: (row: T) => T | Refusal;
};

type Work = (request: FastifyRequest) => Answer | Refusal;
type Operation = ReturnType<typeof operations>;

/** Makes the operations of an account: each behind its injected failures, and refused without token or body. */
export const operations = (account: Account) => {
  const gate = {
    log: account.log,
    scheduler: account.scheduler,
    now: account.now,
    wording: { status: statusBody, error: forcedAnswer },
    draw: (operation: string) => account.faults.drawRequest(operation),
  };
  return (name: string, work: Work) =>
    behindFaults(gate, name, (request) => {
      const result =
        refuseEntry(request, account.options.accessToken) ??
        refuseBody(request.body as ParsedBody | undefined) ??
        work(request);
      return isRefusal(result) ? refusalAnswer(result, request.id) : result;
    });
};

/** Creates once per idempotency key; the key is remembered only when something was created. */
export const create =
  <T extends Row>(account: Account, offer: Offer<T>, make: NonNullable<Offer<T>["create"]>) =>
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

type ActionBody = { readonly metadata?: Metadata };

/** Does something to a row. The events about it carry the metadata that came with the request. */
export const act =
  <T extends Row>(
    account: Account,
    offer: Pick<Offer<T>, "name" | "rows" | "show">,
    { run, shape = actionShape }: Action<T>,
  ) =>
  (request: FastifyRequest): Answer | Refusal => {
    const row = offer.rows.get((request.params as { id: string }).id);
    if (row === undefined) return notFound();
    const body = request.body as ParsedBody | undefined;
    const data = body !== undefined && "json" in body ? (body.json as { data?: unknown } | null)?.data : undefined;
    const given = data ?? {};
    const errors = shape(given, "/data");
    if (errors.length > 0) return validationFailed(errors);
    const { metadata = {}, ...details } = givenFields(given as ActionBody);
    const done = account.acting(metadata, () => run(row, details));
    return isRefusal(done) ? done : { status: 200, body: { [offer.name]: offer.show(done) } };
  };

const change =
  <T extends Row>(offer: Offer<T>, update: NonNullable<Offer<T>["update"]>) =>
  (request: FastifyRequest): Answer | Refusal => {
    const row = offer.rows.get((request.params as { id: string }).id);
    if (row === undefined) return notFound();
    const envelope = openEnvelope(request.body as ParsedBody | undefined, offer.name);
    if (isRefusal(envelope)) return envelope;
    const updated = update(row, envelope.content);
    return isRefusal(updated) ? updated : { status: 200, body: { [offer.name]: offer.show(updated) } };
  };

export const list = <T extends Row>(
  offer: Pick<Offer<T>, "name" | "rows" | "show" | "filters" | "sorts">,
  given: object,
): Answer | Refusal => {
  // A parameter that is given several times means any of its values.
  const query: Query = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const { filters = {}, sorts } = offer;
  const wanted = typeof filters === "function" ? filters(query) : filters;
  const found: Page<T> | Refusal = page(offer.rows.newest(), query, wanted, sorts);
  if (isRefusal(found)) return found;
  return { status: 200, body: { [offer.name]: found.rows.map(offer.show), meta: found.meta } };
};

/** Serves one kind of resource under its name. */
export const provide = <T extends Row>(
  app: FastifyInstance,
  account: Account,
  operation: Operation,
  offer: Offer<T>,
): void => {
  const { name, create: make, update, actions = {}, remove } = offer;
  app.get(
    `/${name}`,
    operation(`${name}.list`, (request) => list(offer, request.query as object)),
  );
  app.get(
    `/${name}/:id`,
    operation(`${name}.get`, (request) => {
      const row = offer.rows.get((request.params as { id: string }).id);
      return row === undefined ? notFound() : { status: 200, body: { [name]: offer.show(row) } };
    }),
  );
  if (make !== undefined) app.post(`/${name}`, operation(`${name}.create`, create(account, offer, make)));
  if (update !== undefined) app.put(`/${name}/:id`, operation(`${name}.update`, change(offer, update)));
  if (remove !== undefined)
    app.delete(`/${name}/:id`, operation(`${name}.remove`, act(account, offer, { run: remove })));
  for (const [action, run] of Object.entries(actions)) {
    app.post(`/${name}/:id/actions/${action}`, operation(`${name}.${action}`, act(account, offer, run)));
  }
};
