import type { FastifyReply } from "fastify";
import type { Page } from "./pages.ts";

/** The link is its parent's secret: nothing may store it or pass it on. */
const privateHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
} as const;

export const sendPage = (reply: FastifyReply, { status, headers, html }: Page): FastifyReply =>
  reply.code(status).headers(privateHeaders).headers(headers).send(html);

export const redirect = (reply: FastifyReply, url: string): FastifyReply =>
  reply.headers(privateHeaders).redirect(url, 303);
