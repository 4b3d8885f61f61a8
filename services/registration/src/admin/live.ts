import type { CancelTimer, Runtime } from "@touchline/service/runtime";
import type { FastifyInstance, FastifyReply } from "fastify";

/** Open pages that follow what happens: they learn that something changed, never what. */
export interface Live {
  readonly changed: () => void;
  readonly add: (reply: FastifyReply) => void;
}

const GATHER_MS = 250;
const BEAT_MS = 20_000;
const PAGES_MAX = 200;

export const createLive = (app: FastifyInstance, runtime: Pick<Runtime, "after" | "every">): Live => {
  const pages = new Set<FastifyReply>();
  let stopGathering: CancelTimer | undefined;
  const send = (text: string) => {
    for (const { raw } of pages) raw.write(text);
  };
  const stopBeat = runtime.every(BEAT_MS, () => send(": here\n\n"), { unref: true });
  // A server that closes waits for its answers to end; these never would.
  app.addHook("preClose", async () => {
    stopBeat();
    stopGathering?.();
    for (const { raw } of pages) raw.end();
    pages.clear();
  });
  return {
    changed: () => {
      if (pages.size === 0) return;
      stopGathering ??= runtime.after(GATHER_MS, () => {
        stopGathering = undefined;
        send("event: change\ndata:\n\n");
      });
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
