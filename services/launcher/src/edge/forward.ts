import type { FastifyReply, FastifyRequest } from "fastify";
import { Pool } from "undici";

/** Headers that the services read. All others are dropped, above all those that frame a message or a connection. */
const REQUEST_HEADERS = [
  "accept",
  "accept-language",
  "content-type",
  "origin",
  "purpose",
  "sec-fetch-dest",
  "sec-fetch-mode",
  "sec-fetch-site",
  "sec-purpose",
  "user-agent",
  "webhook-signature",
  "x-twilio-signature",
] as const;

/** They concern one connection only, so they are not passed on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const CONNECT_MS = 1_000;
const ANSWER_MS = 15_000;

export interface Forward {
  /** Sends a request on and answers with the service's answer. Rejects when the service does not answer. */
  (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  readonly close: () => Promise<void>;
}

/**
 * Asks one service over connections that clients share. That is safe because nothing of a client's framing gets through: the
 * body was read to its end, and the request that leaves here is rewritten, with a length of its own.
 */
export const forwardTo = (origin: string): Forward => {
  const pool = new Pool(origin, {
    connect: { timeout: CONNECT_MS },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
  });
  const forward = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await pool.request({
      method: request.method,
      path: request.url,
      headers: headersFor(request),
      body: Buffer.isBuffer(request.body) ? request.body : null,
    });
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !HOP_BY_HOP.has(name)) void reply.header(name, value);
    }
    void reply.code(answer.statusCode);
    if (request.method !== "HEAD") return reply.send(answer.body);
    await answer.body.dump();
    return reply.send();
  };
  return Object.assign(forward, { close: () => pool.close() });
};

/** Replaces the client's claims about its address with what is known. */
const headersFor = (request: FastifyRequest): Record<string, string> => {
  const sent = REQUEST_HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  const { host } = request.headers;
  return {
    ...Object.fromEntries(sent),
    "x-forwarded-for": request.ip,
    "x-forwarded-proto": request.protocol,
    ...(host && { "x-forwarded-host": host }),
  };
};
