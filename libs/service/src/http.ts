import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onResponseHookHandler,
} from "fastify";
import type { Health } from "./health.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import { logFields } from "./traceparent.ts";
import type { Span, Tracing } from "./tracing.ts";

export interface HttpOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly tracing?: Tracing | undefined;
  /** The machine's own when absent. */
  readonly runtime?: Runtime;
  /** Proxies whose X-Forwarded-* is trusted: addresses, CIDR ranges or "loopback", separated by commas. */
  readonly trustProxy?: string | undefined;
  readonly bodyLimit?: number;
  /** Answers requests whose URL cannot even be routed: broken escapes, endless parameters. */
  readonly onBadUrl?: (reply: FastifyReply) => void;
}

/**
 * A request, as far as traces go. A `traceparent` that it brings is not trusted: the callers are parents and providers. It
 * belongs to the trace of the registration that it turns out to be about.
 */
export interface Joinable {
  /** Puts the request into a trace, once it is known which; returns the trace context to hand on. The first call counts. */
  joins(trace: string | undefined): string | undefined;
}

declare module "fastify" {
  interface FastifyRequest extends Joinable {}
}

/** A fastify server with `/health/live`, `/health/ready` and `/metrics`. Requests are not logged: their URLs are links to pay. */
export const createHttpServer = ({
  log,
  metrics,
  health,
  tracing,
  runtime = systemRuntime(),
  trustProxy,
  bodyLimit,
  onBadUrl,
}: HttpOptions): FastifyInstance => {
  const app = Fastify({
    logger: false,
    trustProxy: trustProxy ? trustProxy.split(",").map((s) => s.trim()) : false,
    bodyLimit: bodyLimit ?? 1_048_576,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    ...(onBadUrl && {
      frameworkErrors: (_error: unknown, _request: unknown, reply: unknown) => onBadUrl(reply as FastifyReply),
    }),
  });

  if (tracing) traceRequests(app, tracing, runtime);
  else app.decorateRequest("joins", (trace) => trace);

  meterRequests(app, metrics);

  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
    if (status >= 500)
      log.error(
        { ...logFields(undefined, request.joins(undefined)), err: error, route: request.routeOptions.url },
        "request failed",
      );
    return reply.code(status).send({ error: status >= 500 ? "internal" : error.message });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));

  app.get("/health/live", (_request, reply) => reply.send({ status: "ok" }));
  app.get("/health/ready", async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  return app;
};

/** How long requests take, by the pattern of their route, never by their URL: that may be a link to pay. */
const meterRequests = (app: FastifyInstance, metrics: Metrics): void => {
  const seconds = metrics.histogram("touchline_http_request_seconds", "HTTP requests by route and answer.", [
    "method",
    "route",
    "code",
  ]);
  const meter =
    (route: string): onResponseHookHandler =>
    (request, reply, done) => {
      seconds.observe({ method: request.method, route, code: reply.statusCode }, reply.elapsedTime / 1_000);
      done();
    };
  // A hook of each route's own: asking a request for its route makes a new description of that route each time.
  app.addHook("onRoute", (route) => {
    if (observed(route.url)) route.onResponse = [route.onResponse ?? [], meter(route.url)].flat();
  });
  const unrouted = meter("none");
  app.addHook("onResponse", function (request, reply, done) {
    if (request.is404) unrouted.call(this, request, reply, done);
    else done();
  });
};

interface Traced {
  readonly arrivedAt: number;
  span?: Span;
}

/** A span for each request. It starts, with the time of the request, once it is known which trace it belongs to. */
const traceRequests = (app: FastifyInstance, tracing: Tracing, runtime: Runtime): void => {
  const traced = new WeakMap<FastifyRequest, Traced>();
  const spanOf = (request: FastifyRequest, trace?: string): Span | undefined => {
    const known = traced.get(request);
    if (!known) return undefined;
    const { method, routeOptions } = request;
    known.span ??= tracing.start({
      name: routeOptions.url ? `${method} ${routeOptions.url}` : method,
      kind: "server",
      parent: trace,
      attributes: { "http.request.method": method, "http.route": routeOptions.url },
      startedAt: known.arrivedAt,
    });
    return known.span;
  };
  app.decorateRequest("joins", function (this: FastifyRequest, trace) {
    return spanOf(this, trace)?.traceparent ?? trace;
  });
  app.addHook("onRequest", (request, _reply, done) => {
    if (observed(request.routeOptions.url ?? "none")) traced.set(request, { arrivedAt: runtime.now().getTime() });
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const span = spanOf(request);
    span?.set({ "http.response.status_code": reply.statusCode });
    if (reply.statusCode >= 500) span?.fail(String(reply.statusCode));
    span?.end();
    done();
  });
};

/** Monitoring is not worth monitoring. */
const observed = (route: string): boolean => route !== "/metrics" && !route.startsWith("/health/");
