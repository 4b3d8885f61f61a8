import type { FastifyReply } from "fastify";
import type { Page } from "./pages.ts";

/** A link is a secret of its parent: nobody keeps it, nobody passes it on. */
export const pageHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
} as const;

/** Past Fastify's own way of sending, which would look at each header again: a page is ready as it is. */
export const sendPage = (reply: FastifyReply, { status, headers, bytes }: Page): void => {
  reply.hijack();
  reply.raw.writeHead(status, headers).end(bytes, "latin1");
};
