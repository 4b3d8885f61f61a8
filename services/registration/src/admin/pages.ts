import { Readable } from "node:stream";
import { Fault } from "@touchline/contracts";
import { BYTE_ORDER_MARK, csvLine } from "@touchline/csv";
import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import { describeEvent, readTimeline, type TimelineEntry } from "@touchline/timeline";
import { maskPhone } from "@touchline/uk-phone";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { lastDays } from "../read-model/days.ts";
import type { ListFilter, Queries } from "../read-model/queries.ts";
import type { Row } from "../read-model/row.ts";
import { type Board, callerOf, send } from "./context.ts";
import { type Show, shows } from "./counts.ts";
import { doneWords } from "./done.ts";
import { type FamilyView, familyPage } from "./family-page.ts";
import { notice, page } from "./layout.ts";
import { listPage } from "./list-page.ts";

const PAGE_SIZE = 50;
const PLOT_DAYS = 28;

export const sessionOf = ({ access, now }: Board, request: FastifyRequest): string =>
  access.session(callerOf(request), now()) ?? "";

/** A page for a caller who was let in, with a token for its forms. */
export const sendPage = (
  board: Board,
  request: FastifyRequest,
  reply: FastifyReply,
  title: string,
  main: (csrf: string) => Html,
  live = false,
): FastifyReply => {
  const csrf = board.access.formToken(sessionOf(board, request));
  const logOut = board.access.needsLogin ? csrf : undefined;
  return reply.type("text/html; charset=utf-8").send(page({ club: board.clubName, title, logOut, live }, main(csrf)));
};

/** Everything that is only read. */
export const addPages = (app: FastifyInstance, board: Board): void => {
  app.get<{ Querystring: { show?: string; after?: string } }>("/", async (request, reply) => {
    const { queries, ownWrites, board: more, days } = board.parts();
    await ownWrites.settled();
    const show = showOf(request.query.show);
    const after = typeof request.query.after === "string" ? request.query.after : undefined;
    const { rows, next } = listed(queries, filters[show], after);
    const now = board.now();
    const view = { show, rows, next, now, counts: more.counts(), days: lastDays(days.db, now, PLOT_DAYS) };
    const firstPage = after === undefined;
    return sendPage(board, request, reply, "Registrations", (csrf) => listPage({ ...view, firstPage, csrf }), true);
  });

  app.get<{ Params: { id: string }; Querystring: { done?: string } }>("/registrations/:id", (request, reply) => {
    const words = doneWords(request.query.done);
    return sendFamily(
      board,
      request,
      reply,
      request.params.id,
      { done: words ? notice("good", words) : undefined },
      true,
    );
  });
  // Reloading the answer to a form leads back to the page that the form was on.
  app.get<{ Params: { id: string } }>("/registrations/:id/:action", (request, reply) =>
    reply.redirect(`/admin/registrations/${encodeURIComponent(request.params.id)}`, 303),
  );
  app.get("/search", (_request, reply) => reply.redirect("/admin", 303));

  app.get<{ Querystring: { show?: string } }>("/export.csv", (request, reply) => {
    const show = showOf(request.query.show);
    const name = `registrations-${show}-${londonDay(board.now())}.csv`;
    return reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", `attachment; filename="${name}"`)
      .send(Readable.from(csv(board.parts().queries, filters[show])));
  });

  app.get("/events", { exposeHeadRoute: false }, (_request, reply) => {
    board.live.add(reply);
  });
};

/** The page of one registration, or 404. */
export const sendFamily = async (
  board: Board,
  request: FastifyRequest,
  reply: FastifyReply,
  registrationId: string,
  more: Partial<Pick<FamilyView, "done" | "reveal" | "phoneViolation">>,
  live = false,
): Promise<FastifyReply> => {
  const { find, queries } = board.parts();
  const row = await find(registrationId);
  if (!row) return send(reply.code(404), board.clubName, "Not found", noSuchRegistration);
  const lines = await linesOf(board, row);
  const ids = queries.idsOfPhone(row.parent_phone).filter((id) => id !== registrationId);
  const siblings = ids
    .slice(0, SIBLINGS_MAX)
    .map((id) => queries.get(id))
    .filter((sibling) => sibling !== undefined);
  const view = { row, lines, siblings, now: board.now(), ...more };
  return sendPage(board, request, reply, row.child_name, (csrf) => familyPage({ ...view, csrf }), live);
};

const noSuchRegistration = html`<h1>There is no such registration.</h1><p><a href="/admin">All registrations</a></p>`;

/** More share a number only in a test set-up. */
const SIBLINGS_MAX = 20;

const linesOf = async (board: Board, row: Row): Promise<TimelineEntry[] | undefined> => {
  const known = { billingRequestId: row.billing_request_id };
  try {
    const events = await readTimeline(board.parts().store, row.registration_id, known);
    return events.map((event) => describeEvent(event));
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
};

const filters: Readonly<Record<Show, ListFilter>> = {
  all: {},
  unpaid: { unpaid: true },
  undelivered: { undelivered: true },
};

const showOf = (text: string | undefined): Show => shows.find((show) => show === text) ?? "all";

const listed = (queries: Queries, filter: ListFilter, after: string | undefined) => {
  try {
    return queries.list(filter, { limit: PAGE_SIZE, after });
  } catch (error) {
    // A mangled address shows the first page.
    if (error instanceof RangeError) return queries.list(filter, { limit: PAGE_SIZE });
    throw error;
  }
};

const exported = [
  "registration_id",
  "created_at",
  "child_name",
  "parent_name",
  "parent_phone",
  "team",
  "age_group",
  "season",
  "payment_status",
  "paid_at",
  "sms_delivery_status",
  "sms_delivery_error",
  "sms_sent_at",
  "link_opened_at",
  "billing_request_id",
  "signing_fee_pence",
  "monthly_fee_pence",
] as const satisfies (keyof Row)[];

const csv = function* (queries: Queries, filter: ListFilter): Generator<string> {
  yield BYTE_ORDER_MARK + csvLine(exported);
  let after: string | undefined;
  do {
    const { rows, next } = queries.list(filter, { limit: 500, after });
    yield rows
      .map((row) => csvLine(exported.map((name) => (name === "parent_phone" ? maskPhone(row[name]) : row[name]))))
      .join("");
    after = next;
  } while (after);
};
