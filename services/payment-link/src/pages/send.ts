import type { FastifyReply } from "fastify";
import { contentSecurityPolicy } from "./layout.ts";
import type { Page } from "./pages.ts";

/** A link is a secret of its parent: nobody keeps it, nobody passes it on. */
export const pageHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
} as const;

export const sendPage = (reply: FastifyReply, { status, html, refresh }: Page): void => {
  void reply.code(status).headers(pageHeaders).header("content-security-policy", contentSecurityPolicy);
  // As a header, so that the page itself needs neither script nor a meta tag.
  if (refresh) void reply.header("refresh", String(refresh));
  if (status === 503) void reply.header("retry-after", String(refresh ?? 10));
  void reply.type("text/html; charset=utf-8").send(html);
};
