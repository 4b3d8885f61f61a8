import { type Html, html } from "@touchline/service/html";
import type { FastifyInstance } from "fastify";
import type { Row } from "../read-model/row.ts";
import type { TodayView } from "../read-model/today.ts";
import type { TodayEntry } from "../today/list.ts";
import type { TodayCode } from "../today/reasons.ts";
import type { Board } from "./context.ts";
import { isInStep, sendPage } from "./pages.ts";
import { shortTime } from "./words.ts";

/** More than one morning's work. The rest appears as these disappear. */
const SHOWN_MAX = 200;

/** The page that the board opens on: who needs a human now. */
export const addToday = (app: FastifyInstance, board: Board): void => {
  app.get<{ Querystring: Record<string, string> }>("/", async (request, reply) => {
    // Where the list of all was in earlier versions.
    if (request.query.show !== undefined || request.query.after !== undefined)
      return reply.redirect(`/admin/registrations${request.url.slice(request.url.indexOf("?"))}`, 303);
    const { today, ownWrites } = board.parts();
    await ownWrites.settled();
    const view = await today(request.insider);
    const now = board.now();
    const inStep = isInStep(board, "registrations");
    return sendPage(board, request, reply, "Today", () => todayPage(view, inStep, now), { live: true, place: "today" });
  });
};

const todayPage = (
  { entries, deadLetters = 0 }: TodayView,
  inStep: boolean,
  now: Date,
): Html => html`<h1>Who needs you today</h1>
<div data-live id="today">
${(inStep || entries.length > 0) && html`<p class="quiet">${summary(entries.length)}</p>`}
${(deadLetters > 0 || entries.length > 0) && html`<ul class="today">${deadLetters > 0 && letters(deadLetters)}${entries.slice(0, SHOWN_MAX).map((entry) => item(entry, now))}</ul>`}
${entries.length > SHOWN_MAX && html`<p class="empty">These are the ${SHOWN_MAX} most urgent.</p>`}
</div>`;

const summary = (families: number): string => {
  if (families === 0) return "No family needs you now. New ones appear here by themselves.";
  const who = families === 1 ? "One family" : `${families} families, the most urgent first`;
  return `${who}. Whatever you deal with leaves the list by itself.`;
};

const letters = (count: number): Html => html`<li id="t-dead-letters">
<span class="name">${count === 1 ? "One message" : `${count} messages`} inside Touchline</span>
<span class="problem">${count === 1 ? "It" : "They"} could not be handled, so something that should have happened has not.</span>
<span class="next">Ask the person who runs Touchline: <code>npm run ops -- dead-letters list</code></span>
</li>`;

const item = ({ row, reasons: [first, ...others] }: TodayEntry<Row>, now: Date): Html => {
  const family = `/admin/registrations/${row.registration_id}`;
  return html`<li id="t-${row.registration_id}">
<a class="name" id="f-${row.registration_id}" href="${family}">${row.child_name}</a>
<span class="team">${row.team} ${row.age_group}${first.since !== undefined && html`, since ${shortTime(first.since, now)}`}</span>
<span class="problem">${first.sentence}</span>
${others.length > 0 && html`<span class="also quiet">Also: ${others.map(({ sentence }) => sentence).join(" ")}</span>`}
<span class="next"><a class="button" href="${family}${places[first.code] ?? ""}">${first.nextStep}<span class="unseen"> – ${row.child_name}</span></a></span>
</li>`;
};

/** Where on the family's page the next step is done. */
const places: Partial<Record<TodayCode, string>> = {
  replied: "#replies",
  number_refused: "#correct",
  paid_twice: "#refund-title",
};
