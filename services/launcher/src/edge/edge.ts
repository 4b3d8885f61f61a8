import httpProxy from "@fastify/http-proxy";
import type { Logger } from "@touchline/service";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type AwayClub, awayPage } from "./away-page.ts";

export interface EdgeOptions {
  readonly log: Logger;
  /** Base URLs of the two services that have something public. */
  readonly notification: string;
  readonly paymentLink: string;
  /** Proxies in front of this one whose X-Forwarded-For is believed. */
  readonly trustProxy?: string | undefined;
  readonly club: AwayClub;
}

const link = /^\/reg_setup\/[\w-]{1,64}(\/\w{1,16})?\/?(\?[^#]*)?$/;
/** What cannot be a link is asked for under a name that is none, so that its answer is like that of an unknown one. */
const NO_LINK = "/reg_setup/-";

/** Stands where Caddy stands in production: one public origin, these paths and nothing else. */
export const createEdge = async (options: EdgeOptions): Promise<FastifyInstance> => {
  const { trustProxy, log } = options;
  const app = Fastify({
    logger: false,
    trustProxy: trustProxy ? trustProxy.split(",").map((s) => s.trim()) : false,
    bodyLimit: 2_097_152,
    forceCloseConnections: "idle",
    rewriteUrl: ({ url = "/" }) => (url.startsWith("/reg_setup/") && !link.test(url) ? NO_LINK : url),
  });
  const routes = [
    { prefix: "/reg_setup", upstream: options.paymentLink },
    { prefix: "/webhooks/gocardless", upstream: options.paymentLink },
    { prefix: "/webhooks/twilio", upstream: options.notification },
  ];
  for (const { prefix, upstream } of routes) {
    await app.register(httpProxy, {
      upstream,
      prefix,
      rewritePrefix: prefix,
      http: { requestOptions: { timeout: 15_000 } },
      // By default a 503 is asked for again and again, and one tap would count as many.
      retryMethods: [],
      replyOptions: {
        // What the client claims about itself is replaced by what is known.
        rewriteRequestHeaders: (request, headers) => ({
          ...headers,
          "x-forwarded-for": request.ip,
          "x-forwarded-host": request.headers.host,
          "x-forwarded-proto": request.protocol,
        }),
        onError: (reply, { error }) => {
          log.warn({ err: error, upstream: prefix }, "a service did not answer");
          away(reply as FastifyReply, prefix, options.club);
        },
      },
    });
  }
  app.setNotFoundHandler((_request: FastifyRequest, reply) => reply.code(404).type("text/plain").send("Not found\n"));
  return app;
};

/** Providers come again after a 503; a parent's page does so by itself. */
const away = (reply: FastifyReply, prefix: string, club: AwayClub): void => {
  void reply.code(503).header("retry-after", "5").header("cache-control", "no-store");
  // As a header: the page says what it does, and needs no meta element that assistive technology trips over.
  if (prefix === "/reg_setup") {
    void reply.headers({ refresh: "5", "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow" });
    void reply.type("text/html; charset=utf-8").send(awayPage(club));
  } else void reply.type("text/plain").send("Try again\n");
};
