import type { FastifyInstance, FastifyReply } from "fastify";

/** Pages that follow what happens: told that something changed, never what. */
export interface Live {
  readonly changed: () => void;
  readonly add: (reply: FastifyReply) => void;
}

const GATHER_MS = 250;
const BEAT_MS = 20_000;
const PAGES_MAX = 200;

export const createLive = (app: FastifyInstance): Live => {
  const pages = new Set<FastifyReply>();
  let gathering: NodeJS.Timeout | undefined;
  const send = (text: string) => {
    for (const { raw } of pages) raw.write(text);
  };
  const beat = setInterval(() => send(": here\n\n"), BEAT_MS);
  beat.unref();
  // A server that closes waits for its answers to end; these never would.
  app.addHook("preClose", async () => {
    clearInterval(beat);
    clearTimeout(gathering);
    for (const { raw } of pages) raw.end();
    pages.clear();
  });
  return {
    changed: () => {
      if (pages.size === 0) return;
      gathering ??= setTimeout(() => {
        gathering = undefined;
        send("event: change\ndata:\n\n");
      }, GATHER_MS);
    },
    add: (reply) => {
      if (pages.size >= PAGES_MAX) {
        void reply.code(503).header("retry-after", "60").type("text/plain").send("Too many pages are open.\n");
        return;
      }
      reply.hijack();
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      });
      reply.raw.write("retry: 3000\n\n");
      pages.add(reply);
      reply.raw.on("close", () => pages.delete(reply));
    },
  };
};
