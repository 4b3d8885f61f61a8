import type { FastifyError, FastifyInstance } from "fastify";
import type { Answer } from "../stand-in/answer.ts";
import type { Account } from "./account.ts";
import { listPayoutItems, offerAll, offerMoney } from "./catalogue.ts";
import { type ParsedBody, RateLimit } from "./entry.ts";
import { refusalAnswer, statusBody, usage } from "./errors.ts";
import { createFlow, initialiseFlow } from "./flows.ts";
import { act, create, operations, provide } from "./offers.ts";
import type { Query } from "./paging.ts";
import type { Flow } from "./resources.ts";

const DEFAULT_RATE = 1_000;

/** The API of one account, as a fastify plugin. Page routes are apart: they need no token. */
export const goCardlessRoutes =
  (account: Account) =>
  async (app: FastifyInstance): Promise<void> => {
    parseBodies(app);
    limitRate(app, account);
    wordErrors(app);
    const operation = operations(account);
    const flows = { name: "billing_request_flows", rows: account.flows, show: (flow: Flow) => flow };
    app.post(
      "/billing_request_flows",
      operation("billing_request_flows.create", (request) =>
        create(account, flows, (content, from) => createFlow(account, content, `${from.protocol}://${from.host}`))(
          request,
        ),
      ),
    );
    app.post(
      "/billing_request_flows/:id/actions/initialise",
      operation(
        "billing_request_flows.initialise",
        act(account, flows, { run: (flow) => initialiseFlow(account, flow) }),
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
    if (text === "") return done(null, undefined);
    try {
      done(null, { json: JSON.parse(String(text)) as unknown } satisfies ParsedBody);
    } catch {
      done(null, { broken: "syntax" } satisfies ParsedBody);
    }
  });
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
    done(null, text === "" ? undefined : ({ broken: "type" } satisfies ParsedBody));
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

/** What fastify refuses by itself, such as a body that is too large, in GoCardless's words. */
const wordErrors = (app: FastifyInstance): void => {
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const { status, body } = unreadable(error, request.id);
    return reply.code(status).send(body);
  });
};

const reasons: Readonly<Record<number, string>> = { 413: "request_entity_too_large", 415: "invalid_content_type" };

const unreadable = ({ statusCode = 500, message }: FastifyError, requestId: string): Answer =>
  statusCode < 500
    ? refusalAnswer(usage(statusCode, reasons[statusCode] ?? "bad_request", message), requestId)
    : { status: statusCode, body: statusBody(statusCode, requestId) };

/** For a path that the API does not have. */
export const pathNotFound = (requestId: string): Answer =>
  refusalAnswer(usage(404, "path_not_found", "The path you've requested was not found"), requestId);
