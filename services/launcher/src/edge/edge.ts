import { canonicalTarget, LINK_PREFIX } from "@touchline/contracts";
import { type Logger, limitHeldBodies, TooManyBodies } from "@touchline/service";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type AwayClub, awayPage } from "./away-page.ts";
import { limitConnections } from "./connections.ts";
import { forwardTo } from "./forward.ts";

export interface EdgeOptions {
  readonly log: Logger;
  /** Base URLs of the two services with public paths. */
  readonly notification: string;
  readonly paymentLink: string;
  /** Proxies in front of this one whose X-Forwarded-For is believed. */
  readonly trustProxy?: string | undefined;
  readonly club: AwayClub;
  /** How long a client may take to send a whole request, in milliseconds. */
  readonly requestTimeoutMs?: number;
  readonly connectionsPerAddress?: number;
}

/** For a webhook. GoCardless sends up to 250 events at once. */
const BODY_LIMIT = 4_194_304;
const REQUEST_MS = 30_000;

/** Takes Caddy's place on one machine: one public origin, these paths and methods, and nothing else. */
export const createEdge = async (options: EdgeOptions): Promise<FastifyInstance> => {
  const { trustProxy, requestTimeoutMs = REQUEST_MS } = options;
  const app = Fastify({
    logger: false,
    trustProxy: trustProxy ? trustProxy.split(",").map((s) => s.trim()) : false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: "idle",
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: Math.min(10_000, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(2_000, requestTimeoutMs / 2),
    },
    rewriteUrl: ({ url = "/" }) => publicUrl(url),
    frameworkErrors: (_error, _request, reply) => void plain(reply as unknown as FastifyReply, 404, "Not found"),
    clientErrorHandler: (error, socket) => {
      if (socket.writable && !socket.destroyed) socket.end(rawAnswers[error.code] ?? rawAnswers.other);
    },
  });
  // Behind a trusted proxy, every parent has the same address.
  if (!trustProxy) limitConnections(app.server, options.connectionsPerAddress);

  // Bodies are read completely and passed on byte for byte, because a signature covers the bytes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  limitHeldBodies(app);
  app.addHook("onRequest", async (request, reply) => {
    if (request.method !== "POST" && hasBody(request)) return refuse(reply, 400, "No body is taken here");
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(reply, ...wordsFor(error, options.log, request)));
  app.setNotFoundHandler((request, reply) => {
    const allow = allowed.find(([path]) => path.test(request.url))?.[1];
    if (!allow) return refuse(reply, 404, "Not found");
    return refuse(reply.header("allow", allow), 405, `Only ${allow} is taken here`);
  });

  await addRoutes(app, options);
  return app;
};

/** Methods that each public path takes, for a client that uses another one. */
const allowed = [
  [new RegExp(`^${LINK_PREFIX}[^/]+/continue$`), "POST"],
  [new RegExp(`^${LINK_PREFIX}[^/]+/stop$`), "GET, HEAD, POST"],
  [new RegExp(`^${LINK_PREFIX}`), "GET, HEAD"],
  [/^\/webhooks\/(gocardless$|twilio\/)/, "POST"],
] as const;

const addRoutes = async (app: FastifyInstance, { paymentLink, notification, log, club }: EdgeOptions) => {
  const toPaymentLink = forwardTo(paymentLink);
  const toNotification = forwardTo(notification);
  app.addHook("onClose", () => Promise.all([toPaymentLink.close(), toNotification.close()]));

  const links = async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      return await toPaymentLink(request, reply);
    } catch (error) {
      log.warn({ err: error, service: "payment-link" }, "a service did not answer");
      return away(reply, club);
    }
  };
  const webhooks =
    (forward: typeof toPaymentLink, service: string) => async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        return await forward(request, reply);
      } catch (error) {
        log.warn({ err: error, service }, "a service did not answer");
        return plain(reply.header("retry-after", "5").header("cache-control", "no-store"), 503, "Try again");
      }
    };
  app.get(`${LINK_PREFIX}*`, links);
  app.post(`${LINK_PREFIX}:id/continue`, links);
  app.post(`${LINK_PREFIX}:id/stop`, links);
  app.post("/webhooks/gocardless", webhooks(toPaymentLink, "payment-link"));
  app.post("/webhooks/twilio/*", webhooks(toNotification, "notification"));
};

/** The path, if the target is absolute. */
const publicUrl = (url: string): string => canonicalTarget(url.replace(/^https?:\/\/[^/?#]*/i, "") || "/");

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

const plain = (reply: FastifyReply, status: number, words: string) =>
  reply.code(status).type("text/plain; charset=utf-8").send(`${words}\n`);

/** Anything odd ends its connection: nothing that follows on it is trusted. */
const refuse = (reply: FastifyReply, status: number, words: string) =>
  plain(reply.header("connection", "close"), status, words);

const wordsFor = (error: FastifyError, log: Logger, request: FastifyRequest): [number, string] => {
  if (error instanceof TooManyBodies) return [503, "Try again"];
  if (error.statusCode === 413) return [413, "The request is too large"];
  if (error.statusCode && error.statusCode < 500) return [400, "The request cannot be read"];
  log.error({ err: error, route: request.routeOptions.url }, "the edge could not answer a request");
  return [503, "Try again"];
};

const raw = (status: string, words: string) =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${words.length + 1}\r\n\r\n${words}\n`;

/** For what is not even a request. */
const rawAnswers: Readonly<Record<string, string>> & { readonly other: string } = {
  ERR_HTTP_REQUEST_TIMEOUT: raw("408 Request Timeout", "The request took too long"),
  HPE_HEADER_OVERFLOW: raw("431 Request Header Fields Too Large", "The request is too large"),
  other: raw("400 Bad Request", "The request cannot be read"),
};

/** The page tries again by itself. The refresh is a header: a meta element would be in the way of assistive technology. */
const away = (reply: FastifyReply, club: AwayClub) =>
  reply
    .code(503)
    .headers({
      "retry-after": "5",
      "cache-control": "no-store",
      refresh: "5",
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex, nofollow",
    })
    .type("text/html; charset=utf-8")
    .send(awayPage(club));
