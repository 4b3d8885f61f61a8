import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";

const isDecodable = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};

/** A malformed path is taken literally: it names nothing, and its provider says so in its own words. */
const rewriteUrl = ({ url = "/" }: IncomingMessage): string => {
  const [path = "", query] = url.split(/\?(.*)/s, 2);
  if (isDecodable(path)) return url;
  return path.replaceAll("%", "%25") + (query === undefined ? "" : `?${query}`);
};

/** A server for a stand-in: silent, and quick to close even when a client still waits for an answer. */
export const createServer = (): FastifyInstance =>
  Fastify({
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    bodyLimit: 1_048_576,
    rewriteUrl,
    // An id that is too long is unknown, like any other.
    routerOptions: { maxParamLength: 16_384 },
    // A control request with a misspelt field is refused, not silently trimmed.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });

/** Listens on loopback, on any free port when none is named. */
export const listen = async (
  app: FastifyInstance,
  port = 0,
  host = "127.0.0.1",
): Promise<{ url: string; port: number }> => {
  await app.listen({ host, port });
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return { url: `http://127.0.0.1:${address.port}`, port: address.port };
};
