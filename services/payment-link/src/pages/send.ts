import type { FastifyReply } from "fastify";
import { type Page, privateHeaders } from "./pages.ts";

export const sendPage = (reply: FastifyReply, { status, headers, body }: Page): FastifyReply =>
  reply.code(status).headers(headers).send(body);

export const redirect = (reply: FastifyReply, url: string): FastifyReply =>
  reply.headers(privateHeaders).redirect(url, 303);
