import { Fault } from "@touchline/contracts";
import { type Html, html } from "@touchline/service/html";
import { actorName, describeEvent, readTimeline } from "@touchline/timeline";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Act, may, sees } from "../people/roles.ts";
import { findSeen } from "../read-model/find.ts";
import type { Row } from "../read-model/row.ts";
import { type Board, send } from "./context.ts";
import { doneNotice } from "./done.ts";
import { type FamilyView, familyPage } from "./family-page.ts";
import { type Frame, notice, page } from "./layout.ts";
import { moneyRecords } from "./money-records.ts";
import { timeMachine } from "./time-machine.ts";

type View = "registrations" | "days" | "ledger";

interface PageOptions extends Pick<Frame, "live" | "place"> {
  /** The views that the page shows. */
  readonly of?: readonly View[];
}

/** Whether the rows show what has happened. Otherwise it is unknown whether something that they lack exists. */
export const isInStep = (board: Board, ...views: readonly View[]): boolean =>
  views.every((view) => board.parts()[view].status().state === "live");

const notInStep =
  "This page may be incomplete or out of date, because Touchline is still reading its records. If it takes longer than a few minutes, ask the person who runs Touchline.";

/** A page for an admitted caller, with a token for its forms. */
export const sendPage = (
  board: Board,
  request: FastifyRequest,
  reply: FastifyReply,
  title: string,
  main: (csrf: string) => Html,
  { live = false, place = "other", of = ["registrations"] }: PageOptions = {},
): FastifyReply => {
  const csrf = reply.generateCsrf();
  const { name } = request.insider;
  const loggedIn = name === undefined ? undefined : { name, csrf };
  const content = html`<div data-live id="in-step">${!isInStep(board, ...of) && notice("bad", notInStep)}</div>
${main(csrf)}`;
  return reply
    .type("text/html; charset=utf-8")
    .send(page({ club: board.clubName, title, loggedIn, place, live }, content));
};

/** Read-only pages, except lists and the ledger. */
export const addPages = (app: FastifyInstance, board: Board): void => {
  app.get<{ Params: { id: string }; Querystring: { done?: string; at?: string; pounds?: unknown; day?: unknown } }>(
    "/registrations/:id",
    (request, reply) => {
      const { done, at, pounds, day } = request.query;
      const terms = typeof pounds === "string" && typeof day === "string" ? { pounds, day } : undefined;
      return sendFamily(board, request, reply, request.params.id, { done: doneNotice(done), at, terms }, true);
    },
  );
  // Reloading the answer to a form leads back to the page that the form was on.
  app.get<{ Params: { id: string } }>("/registrations/:id/:action", (request, reply) =>
    reply.redirect(`/admin/registrations/${encodeURIComponent(request.params.id)}`, 303),
  );

  app.get("/events", { exposeHeadRoute: false }, (request, reply) => {
    board.live.add(reply, () => board.sessions.insider(request) !== undefined);
  });
};

/** The page of one registration, or 404. */
export const sendFamily = async (
  board: Board,
  request: FastifyRequest,
  reply: FastifyReply,
  registrationId: string,
  more: Partial<
    Pick<
      FamilyView,
      "done" | "reveal" | "amendment" | "terms" | `${"phone" | "refund" | "money" | "note" | "cancel"}Violation`
    >
  > & { at?: unknown },
  live = false,
): Promise<FastifyReply> => {
  const { find, queries, books } = board.parts();
  const { insider } = request;
  const row = await findSeen(find, registrationId, insider);
  const facts = queries.factsOf(registrationId);
  if (!row) return send(reply.code(404), board.clubName, "Not found", noSuchRegistration);
  // It is stored, but the view has not read it yet.
  if (!facts) throw new Fault("not_yet");
  const history = await historyOf(board, row, more.at);
  const siblings = queries
    .idsOfPhone(row.parent_phone)
    .values()
    .filter((id) => id !== registrationId)
    .map((id) => queries.get(id))
    .filter((sibling) => sibling !== undefined)
    .filter(({ team }) => sees(insider, team))
    .take(SIBLINGS_MAX)
    .toArray();
  const heldFor = row.held_for === null ? undefined : queries.get(row.held_for);
  const { nameOf } = board.people;
  const view = {
    row,
    facts,
    account: books.ofFamily(registrationId),
    ...history,
    notes: (facts.notes ?? []).map(({ by, ...note }) => ({
      ...note,
      ...(by !== undefined && { by: actorName(by, nameOf) }),
    })),
    heldFor: heldFor && sees(insider, heldFor.team) ? heldFor : undefined,
    siblings,
    allows: (act: Act) => may(insider, act),
    now: board.now(),
    requestId: board.uuid(),
    ...more,
  };
  return sendPage(board, request, reply, row.child_name, (csrf) => familyPage({ ...view, csrf }), {
    live,
    of: ["registrations", "ledger"],
  });
};

const noSuchRegistration = html`<h1>There is no such registration.</h1><p><a href="/admin/registrations">All registrations</a></p>`;

/** More families share a number only in tests. */
const SIBLINGS_MAX = 20;

const historyOf = async (
  board: Board,
  row: Row,
  at: unknown,
): Promise<Pick<FamilyView, "lines" | "records" | "earlier">> => {
  const known = { billingRequestId: row.billing_request_id };
  const { nameOf } = board.people;
  try {
    const events = await readTimeline(board.parts().store, row.registration_id, known);
    return {
      lines: events.map((event) => describeEvent(event, { nameOf })),
      records: moneyRecords(events, nameOf),
      earlier: timeMachine(events, at, board.now()),
    };
  } catch (error) {
    if (error instanceof Fault) return { lines: undefined, records: [] };
    throw error;
  }
};
