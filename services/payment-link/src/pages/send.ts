import type { FastifyReply } from "fastify";
import type { Page } from "./pages.ts";

/** A link is a secret of its parent: nobody keeps it, nobody passes it on. */
export const pageHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
} as const;

export const sendPage = (reply: FastifyReply, { status, headers, html }: Page): void =>
  void reply.code(status).headers(headers).send(html);
