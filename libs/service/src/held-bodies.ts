import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";

/** No room for the body of a request: others are being read. */
export class TooManyBodies extends Error {
  override readonly name = "TooManyBodies";
  readonly statusCode = 503;
}

/** How much of the bodies that one service or edge reads is in memory at once. Far more than providers send. */
const LIMIT_BYTES = 48 * 1024 * 1024;

/**
 * Limits the memory of all bodies that the routes of `app` hold together, from their first byte until the answer. Without a
 * limit, strangers who each send almost a whole body, and then wait, fill it. A body for which there is no room fails with
 * `TooManyBodies`; its connection ends with the answer.
 */
export const limitHeldBodies = (app: FastifyInstance, limitBytes = LIMIT_BYTES): void => {
  let heldBytes = 0;
  app.addHook("preParsing", async (request, reply, payload) => {
    if (request.method !== "POST") return payload;
    let ownBytes = 0;
    let isOver = false;
    reply.raw.once("close", () => {
      heldBytes -= ownBytes;
      isOver = true;
    });
    const read = async function* () {
      // The connection has to survive for the answer.
      for await (const chunk of (payload as Readable).iterator({ destroyOnReturn: false })) {
        // Nothing would give back what is counted now.
        if (isOver) return;
        if (heldBytes + chunk.length > limitBytes) {
          void reply.header("connection", "close").header("retry-after", "30");
          payload.resume();
          throw new TooManyBodies();
        }
        ownBytes += chunk.length;
        heldBytes += chunk.length;
        yield chunk;
      }
    };
    return Readable.from(read(), { objectMode: false });
  });
};
