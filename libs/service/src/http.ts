import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
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
  /** The machine's own by default. */
  readonly runtime?: Runtime;
  /** Proxies whose X-Forwarded-* is trusted: addresses, CIDR ranges or "loopback", separated by commas. */
  readonly trustProxy?: string | undefined;
  readonly bodyLimit?: number;
  /** The target that a request is routed by. */
  readonly rewriteUrl?: FastifyServerOptions["rewriteUrl"];
  /** Answers requests whose URL cannot be routed: broken escapes, overlong parameters. */
  readonly onBadUrl?: (reply: FastifyReply) => void;
}

/**
 * What traces know of a request. Its own `traceparent` is not trusted, because the callers are parents and providers. The request
 * belongs to the trace of the registration that it turns out to be about.
 */
export interface Joinable {
  /** Puts the request into a trace, once the trace is known. Returns the trace context to pass on. Only the first call counts. */
  joins(trace: string | undefined): string | undefined;
}

declare module "fastify" {
  interface FastifyRequest extends Joinable {}
}

/** A fastify server with `/health/live`, `/health/ready` and `/metrics`. Requests are not logged, because their URLs are payment links. */
export const createHttpServer = ({
  log,
  metrics,
  health,
  tracing,
  runtime = systemRuntime(),
  trustProxy,
  bodyLimit,
  rewriteUrl,
  onBadUrl,
}: HttpOptions): FastifyInstance => {
  const app = Fastify({
    logger: false,
    trustProxy: trustProxy ? trustProxy.split(",").map((s) => s.trim()) : false,
    bodyLimit: bodyLimit ?? 1_048_576,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    ...(rewriteUrl && { rewriteUrl }),
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
        "could not answer a request",
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

/** Measures requests by the pattern of their route, never by their URL, which may be a payment link. */
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
  // One hook for each route: asking a request for its route builds a new description of it each time.
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

/** A span for each request. It is created once its trace is known, with the start time of the request. */
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

/** Requests from monitoring are neither measured nor traced. */
const observed = (route: string): boolean => route !== "/metrics" && !route.startsWith("/health/");
