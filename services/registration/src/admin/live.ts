import type { CancelTimer, Runtime } from "@touchline/service/runtime";
import type { FastifyInstance, FastifyReply } from "fastify";

/** Open pages that update by themselves. They are notified that something changed, but not what. */
export interface Live {
  readonly changed: () => void;
  /** Follows until `mayFollow` says no. */
  readonly add: (reply: FastifyReply, mayFollow: () => boolean) => void;
}

const GATHER_MS = 250;
const BEAT_MS = 20_000;
/** How long a page may stay open after its session ends while nothing happens. */
const ASK_AGAIN_MS = 2_000;
const PAGES_MAX = 200;

export const createLive = (app: FastifyInstance, runtime: Pick<Runtime, "after" | "every">): Live => {
  const pages = new Map<FastifyReply, () => boolean>();
  let stopGathering: CancelTimer | undefined;
  const endUninvited = () => {
    for (const [{ raw }, mayFollow] of pages) if (!mayFollow()) raw.end();
  };
  const send = (text: string) => {
    endUninvited();
    for (const { raw } of pages.keys()) if (!raw.writableEnded) raw.write(text);
  };
  /** Timers that run while a page is open. */
  let timers: readonly CancelTimer[] = [];
  const follow = () => {
    if (timers.length > 0) return;
    timers = [
      runtime.every(BEAT_MS, () => send(": here\n\n"), { unref: true }),
      runtime.every(ASK_AGAIN_MS, endUninvited, { unref: true }),
    ];
  };
  const unfollow = () => {
    for (const stop of timers) stop();
    timers = [];
  };
  // A server that closes waits for its answers to end; these never would.
  app.addHook("preClose", async () => {
    unfollow();
    stopGathering?.();
    for (const { raw } of pages.keys()) raw.end();
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
    add: (reply, mayFollow) => {
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
      pages.set(reply, mayFollow);
      follow();
      reply.raw.on("close", () => {
        pages.delete(reply);
        if (pages.size === 0) unfollow();
      });
    },
  };
};
