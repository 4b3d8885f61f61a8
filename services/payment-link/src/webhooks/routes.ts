import { Fault } from "@touchline/contracts";
import { type Logger, limitHeldBodies, logFields, type Metrics, TooManyBodies } from "@touchline/service";
import type { FastifyInstance, FastifyReply } from "fastify";
import { isSigned } from "../gocardless/signature.ts";
import type { Ingest } from "./ingest.ts";

export interface WebhookOptions {
  readonly secret: string;
  readonly ingest: Ingest;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const BODY_LIMIT = 4_194_304;
/** GoCardless's status code for a wrong signature. */
const INVALID_TOKEN = 498;
/** What a signature looks like. A body without one is not even read. */
const SIGNATURE = /^[0-9a-f]{64}$/i;

/** `POST /webhooks/gocardless`. Answers 204 once all events of the batch are durable. */
export const webhookRoutes = async (app: FastifyInstance, options: WebhookOptions): Promise<void> => {
  const { secret, ingest, log, metrics } = options;
  const webhooks = metrics.counter("touchline_gocardless_webhooks_total", "Webhooks, by answer.", ["outcome"]);
  // The signature covers the raw bytes, so nothing may parse them first.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  limitHeldBodies(app);
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof TooManyBodies)) throw error;
    webhooks.inc({ outcome: "busy" });
    return later(reply);
  });

  const forged = (reply: FastifyReply) => {
    webhooks.inc({ outcome: "bad_signature" });
    return reply.code(INVALID_TOKEN).type("text/plain").send("The signature is wrong.\n");
  };
  app.addHook("onRequest", async ({ headers }, reply) =>
    SIGNATURE.test(String(headers["webhook-signature"])) ? undefined : forged(reply),
  );
  app.post("/webhooks/gocardless", { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(body, secret, request.headers["webhook-signature"])) return forged(reply);
    const events = eventsOf(body);
    if (!events) {
      webhooks.inc({ outcome: "malformed" });
      log.error("refused a signed webhook that has no list of events");
      return reply.code(400).type("text/plain").send("Not a webhook.\n");
    }
    try {
      await ingest.batch(events, "webhook", request);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      webhooks.inc({ outcome: "later" });
      const about = logFields(undefined, request.joins(undefined));
      log.warn({ ...about, err: error }, "could not record a webhook; GoCardless will send it again");
      return later(reply);
    }
    webhooks.inc({ outcome: "recorded" });
    return reply.code(204).send();
  });
};

const later = (reply: FastifyReply) =>
  reply.code(503).header("retry-after", "30").type("text/plain").send("Try again later.\n");

const eventsOf = (body: Buffer): unknown[] | undefined => {
  try {
    const { events } = JSON.parse(body.toString("utf8"));
    return Array.isArray(events) ? events : undefined;
  } catch {
    return undefined;
  }
};
