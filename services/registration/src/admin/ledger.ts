import { Fault } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { html } from "@touchline/service/html";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { may, sees } from "../people/roles.ts";
import { ledgerCsv } from "../read-model/books.ts";
import { type Board, send } from "./context.ts";
import { ledgerPage } from "./ledger-page.ts";
import { isInStep, sendPage } from "./pages.ts";

interface Chosen {
  readonly season?: string;
  readonly team?: string;
}

/** The treasurer's page, and the same as CSV. */
export const addLedger = (app: FastifyInstance, board: Board): void => {
  app.get<{ Querystring: Chosen }>("/ledger", (request, reply) => {
    const { books } = board.parts();
    const filter = ledgerFilter(board, request);
    if (!filter) return send(reply.code(403), board.clubName, "Not allowed", notForYou);
    const { insider } = request;
    const payouts = insider.teams ? undefined : books.payouts();
    const teams = books.teams().filter((team) => sees(insider, team));
    const view = {
      ...filter,
      teams,
      seasons: books.seasons(),
      totals: books.totals(filter),
      payouts,
      inStep: isInStep(board, "ledger"),
      now: board.now(),
    };
    return sendPage(board, request, reply, "Ledger", () => ledgerPage(view), { live: true, of: ["ledger"] });
  });

  app.get<{ Querystring: Chosen }>("/ledger.csv", (request, reply) => {
    const filter = ledgerFilter(board, request);
    if (!filter) return send(reply.code(403), board.clubName, "Not allowed", notForYou);
    // A file cannot say that it is incomplete.
    if (!isInStep(board, "ledger")) throw new Fault("not_yet");
    return reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", `attachment; filename="ledger-${londonDay(board.now())}.csv"`)
      .send(ledgerCsv(board.parts().books, filter));
  });
};

/** The requested part of the ledger, by default the latest season; undefined for people who may not see it. */
const ledgerFilter = (board: Board, { insider, query }: FastifyRequest<{ Querystring: Chosen }>) => {
  if (!may(insider, "see_ledger")) return undefined;
  const { books } = board.parts();
  const seasons = books.seasons();
  const season = seasons.find((one) => one === query.season) ?? seasons[0];
  const team = books.teams().find((one) => one === query.team && sees(insider, one));
  return { season, team, teams: insider.teams };
};

const notForYou = html`<h1>The ledger is for treasurers</h1><p><a href="/admin/registrations">All registrations</a></p>`;
