import { Fault, isRegistrationId } from "@touchline/contracts";
import { type Logger, logFields } from "@touchline/service";
import { html } from "@touchline/service/html";
import type { Runtime } from "@touchline/service/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { People } from "../people/people.ts";
import { addSessions } from "../sessions/sessions.ts";
import { addActions } from "./actions.ts";
import { type Board, type Parts, send } from "./context.ts";
import { createBoardQueries } from "./counts.ts";
import { assets, notice } from "./layout.ts";
import { addLedger } from "./ledger.ts";
import { LIST_PATH } from "./list-query.ts";
import { addLists } from "./lists.ts";
import { createLive } from "./live.ts";
import { addLogin } from "./login.ts";
import { addPages } from "./pages.ts";
import { addRemind } from "./remind.ts";
import { addToday } from "./today.ts";

export interface BoardOptions {
  readonly people: People;
  readonly clubName: string;
  readonly log: Logger;
  readonly runtime: Runtime;
}

/** Adds `/admin` to the server, before it listens; until `open` is called the board says that it is starting. */
export const registerBoard = (app: FastifyInstance, options: BoardOptions) => {
  const live = createLive(app, options.runtime);
  let opened: ReturnType<Board["parts"]> | undefined;
  const parts = () => {
    if (!opened) throw new Fault("not_yet");
    return opened;
  };
  app.register(
    async (admin) => {
      const { people, clubName, runtime } = options;
      const sessions = await addSessions(admin, people, runtime);
      const { now, sleep, uuid } = runtime;
      const board: Board = { clubName, now, sleep, uuid, people, sessions, live, parts };
      admin.addHook("onRequest", async (_request, reply) => void reply.headers(headers));
      admin.setErrorHandler<Error & { readonly statusCode?: number }>((error, request, reply) =>
        explain(error, request, reply, options),
      );
      admin.setNotFoundHandler((request, reply) => {
        const answer = html`<h1>There is nothing here</h1><p><a href="/admin/registrations">All registrations</a></p>`;
        if (!letIn(board, request, reply)) return reply;
        return send(reply.code(404), clubName, "Not found", answer);
      });
      admin.addContentTypeParser(
        "application/x-www-form-urlencoded",
        { parseAs: "string", bodyLimit: 16_384 },
        readForm,
      );
      for (const { path, type, body } of Object.values(assets)) {
        admin.get(path.slice("/admin".length), (_request, reply) =>
          reply.type(type).header("cache-control", "public, max-age=31536000, immutable").send(body),
        );
      }
      addLogin(admin, board);
      await admin.register(async (inside) => {
        inside.decorateRequest("insider");
        inside.addHook("onRequest", async (request, reply) => {
          if (!letIn(board, request, reply)) return reply;
        });
        addLists(inside, board);
        addToday(inside, board);
        addPages(inside, board);
        addLedger(inside, board);
        addActions(inside, board);
        addRemind(inside, board);
      });
    },
    { prefix: "/admin" },
  );
  return {
    open: (parts: Parts): void => {
      opened = { ...parts, board: createBoardQueries(parts.registrations.db, options.runtime.now) };
      for (const view of [parts.registrations, parts.days, parts.ledger]) {
        view.onCommit(live.changed);
        view.onStatus(live.changed);
      }
    },
  };
};

const headers = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-robots-tag": "noindex",
};

const readForm = (
  _request: FastifyRequest,
  body: string | Buffer,
  done: (error: null, form: URLSearchParams) => void,
) => done(null, new URLSearchParams(String(body)));

/** Whether the request may continue. If not, it has already been answered. */
const letIn = ({ sessions, people, clubName }: Board, request: FastifyRequest, reply: FastifyReply): boolean => {
  const insider = sessions.insider(request);
  if (insider) {
    request.insider = insider;
    return true;
  }
  if (!people.needTokens()) send(reply.code(403), clubName, "Not from here", closed);
  else if (request.method === "GET" && !request.url.startsWith("/admin/events"))
    void reply.redirect("/admin/login", 303);
  else send(reply.code(401), clubName, "Logged out", loggedOut);
  return false;
};

const closed = html`<h1>The board opens only on the machine it runs on</h1>
<p>Open it there as <strong>http://localhost</strong> with this service's port, or add operators (npm run ops -- operators add): then it asks for a token, and can be opened from elsewhere through HTTPS.</p>`;
const loggedOut = html`<h1>You are logged out</h1><p><a href="/admin/login">Log in</a>, then try again.</p>`;

const stale = "This page was out of date, so nothing was done. Open it again, and allow cookies here.";

const perhapsDone = "A part of Touchline is not answering, so this may or may not have been done.";

/** A form that is filled in again would have another id. */
const sendAgain = "Reload this page shortly to send the same again: it is done only once.";
const lookFirst = "Look at the family first, and do it again only if it was not done.";

const explain = (
  error: Error & { readonly statusCode?: number; readonly code?: unknown },
  request: FastifyRequest,
  reply: FastifyReply,
  { clubName, log }: BoardOptions,
) => {
  const back = html`<p><a href="/admin/registrations">All registrations</a></p>`;
  if (error instanceof Fault) {
    log.warn(
      { ...about(request), err: error, route: request.routeOptions.url },
      "the board asked an operator to try again shortly",
    );
    const { id } = Object(request.params) as { id?: string };
    const main =
      request.method === "POST" && id !== undefined
        ? html`<h1>One moment</h1>${notice("bad", `${perhapsDone} ${request.routeOptions.config.doneOnce ? sendAgain : lookFirst}`)}<p><a href="${LIST_PATH}/${encodeURIComponent(id)}">Look at the family first</a></p>`
        : html`<h1>One moment</h1>${notice("bad", "A part of Touchline is not answering. Try again shortly.")}${back}`;
    return send(reply.code(503).header("retry-after", "5"), clubName, "One moment", main);
  }
  if (error.code === "FST_CSRF_INVALID_TOKEN" || error.code === "FST_CSRF_MISSING_SECRET") {
    const main = html`<h1>Nothing was done</h1>${notice("bad", stale)}<p><a href="${request.url}">Open it again</a></p>`;
    return send(reply.code(403), clubName, "Nothing was done", main);
  }
  const status = error.statusCode && error.statusCode >= 400 ? error.statusCode : 500;
  if (status >= 500)
    log.error(
      { ...about(request), err: error, route: request.routeOptions.url },
      "the board could not answer a request",
    );
  const words = status >= 500 ? "Something went wrong" : "That was not understood";
  return send(reply.code(status), clubName, words, html`<h1>${words}</h1>${back}`);
};

/** The id in the address of a page about one registration. Anything that is not an id was typed by hand. */
const about = (request: FastifyRequest): ReturnType<typeof logFields> => {
  const { id } = Object(request.params) as { id?: string };
  return logFields(id && isRegistrationId(id) ? id : undefined, request.joins(undefined));
};
