import { type Html, html } from "@touchline/service/html";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TeamReminder } from "../changes/follow-up.ts";
import { noReminderWords, refusalWords, type TeamOutcome } from "../changes/outcome.ts";
import { type Board, send } from "./context.ts";
import { notice } from "./layout.ts";
import { sendPage } from "./pages.ts";
import { type RemindQuery, wantedIn } from "./remind-form.ts";
import { seasonName } from "./words.ts";

type RemindRequest = FastifyRequest<{ Querystring: RemindQuery }>;
type Reminded = Extract<TeamOutcome, { kind: "team_reminded" }>;

/** A page that shows who would be reminded, and asks for confirmation. */
export const addRemind = (app: FastifyInstance, board: Board): void => {
  const remind = async (request: RemindRequest, reply: FastifyReply, dryRun: boolean) => {
    const wanted = wantedIn(request.query);
    if (!wanted) return reply.redirect("/admin/registrations?show=unpaid", 303);
    const by = { actor: request.insider, traceparent: request.joins(undefined) };
    const outcome = await board.parts().changes.remindTeam({ ...wanted, dryRun }, by);
    if (outcome.kind !== "team_reminded") {
      const main = html`<h1>Nothing was done</h1>${notice("bad", refusalWords(outcome))}${back}`;
      return send(reply.code(403), board.clubName, "Nothing was done", main);
    }
    const title = `Remind ${wanted.team}, season ${seasonName(wanted.season)}`;
    return sendPage(
      board,
      request,
      reply,
      title,
      (csrf) => html`<h1>${title}</h1>
${dryRun ? question(wanted, outcome, csrf) : notice("good", answer(outcome))}
${others(outcome)}
${back}`,
    );
  };
  app.get("/remind", (request: RemindRequest, reply) => remind(request, reply, true));
  app.post("/remind", (request: RemindRequest, reply) => remind(request, reply, false));
};

const families = (count: number): string => (count === 1 ? "1 family" : `${count} families`);

const question = ({ team, season }: TeamReminder, { reminded }: Reminded, csrf: string): Html =>
  reminded === 0
    ? html`<p>There is no family to remind now.</p>`
    : html`<p>${families(reminded)} ${reminded === 1 ? "has" : "have"} not paid, and would get a reminder with the payment link. At night it waits until the morning.</p>
<form method="post" action="/admin/remind?${new URLSearchParams({ team, season }).toString()}"><input type="hidden" name="csrf" value="${csrf}"><button class="primary">Remind ${families(reminded)}</button></form>`;

const answer = ({ reminded }: Reminded): string =>
  reminded === 0 ? "There was no family to remind." : `${families(reminded)} will get a reminder.`;

const others = ({ skipped }: Reminded): Html | undefined =>
  skipped.size === 0
    ? undefined
    : html`<h2>Unpaid, but not reminded</h2>
<ul>${[...skipped].map(([reason, count]) => html`<li>${families(count)} ${noReminderWords(reason)}</li>`)}</ul>`;

const back = html`<p class="below"><a class="button" href="/admin/registrations?show=unpaid">Unpaid families</a></p>`;
