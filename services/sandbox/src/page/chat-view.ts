import { type Html, html } from "@touchline/service/html";
import type { Followed, Line } from "../chat/chat.ts";
import { type Step, sentence, steps } from "../chat/progress.ts";
import { ageGroups, seasonAt } from "../chat/sample.ts";
import { timeOf } from "./time.ts";
import type { World } from "./world.ts";

const line = ({
  id,
  who,
  text,
  at,
}: Line): Html => html`<li id="line-${id}" class="line ${who}" data-testid="chat-line">
<span class="sr">${who === "parent" ? "You" : "Assistant"}: </span><p>${text}</p>${timeOf(at)}</li>`;

const words = { done: "done", waiting: "not yet", wrong: "went wrong" } as const;

const step = ({ name, state }: Step): Html =>
  html`<li class="${state}" data-step="${name}" data-state="${state}"><span class="dot" aria-hidden="true"></span>${name}<span class="sr">: ${words[state]}</span></li>`;

const card = (
  registration: Followed,
): Html => html`<li id="registration-${registration.id}" class="line club card" data-testid="registration" data-registration="${registration.id}">
<p class="who"><b>${registration.childName}</b> <span class="soft">${registration.parentPhone}</span></p>
<p data-testid="registration-sentence">${sentence(registration.progress)}</p>
<ol class="steps" data-testid="registration-steps">${steps(registration.progress).map(step)}</ol>
${registration.progress?.smsError ? html`<p class="problem">${registration.progress.smsError}</p>` : ""}
${timeOf(registration.at)}</li>`;

/** Lines and registrations together, in the order in which they came. */
export const chatLog = ({ chat }: World): Html => {
  const entries = [
    ...chat.lines.all().map((one) => ({ at: one.at, show: line(one) })),
    ...chat.followed.all().map((one) => ({ at: one.at, show: card(one) })),
  ].toSorted((one, other) => one.at.localeCompare(other.at));
  return html`${entries.map((entry) => entry.show)}`;
};

const field = (name: string, label: string, attributes: Html): Html => {
  const id = `field-${name.replace(".", "-")}`;
  return html`<div class="field"><label for="${id}">${label}</label><input id="${id}" name="${name}" ${attributes}><p class="fault" id="${id}-fault" data-fault-of="${name}"></p></div>`;
};

export const chatPane = (world: World): Html => html`<section id="chat" class="pane" aria-labelledby="chat-title">
<header class="pane-head"><h2 id="chat-title">Chat</h2><p>The club’s assistant, as a parent sees it</p></header>
<div class="log" role="log" aria-label="Conversation" tabindex="0" data-follow><ol id="chat-log" data-testid="chat-log">${chatLog(world)}</ol></div>
<form id="chat-form" class="say" method="post" action="/sandbox/chat" data-live>
<label class="sr" for="chat-input">Message to the assistant</label>
<input id="chat-input" name="text" autocomplete="off" placeholder="Type lah" required maxlength="300" data-testid="chat-input">
<button class="primary" data-testid="chat-send">Send</button>
</form>
<div class="chips">
<form method="post" action="/sandbox/chat" data-live><input type="hidden" name="text" value="lah"><button class="chip" data-testid="chat-lah">lah</button></form>
<form method="post" action="/sandbox/chat" data-live><input type="hidden" name="text" value="again"><button class="chip" data-testid="chat-again">Send the text again</button></form>
</div>
<details class="more" data-testid="registration-form">
<summary>Fill in a registration</summary>
<form id="registration-form" class="fields" method="post" action="/sandbox/registrations" data-live novalidate>
${field("child.firstName", "Child’s first name", html`value="Zoë" required`)}
${field("child.lastName", "Child’s last name", html`value="O’Neill" required`)}
${field("parent.firstName", "Parent’s first name", html`value="Sam" required`)}
${field("parent.lastName", "Parent’s last name", html`value="O’Neill" required`)}
${field("parentPhone", "Parent’s mobile", html`value="07700 900456" inputmode="tel" required`)}
${field("parent.email", "Parent’s e-mail (optional)", html`type="email"`)}
${field("team", "Team", html`value="Tigers" required`)}
<div class="field"><label for="field-ageGroup">Age group</label><select id="field-ageGroup" name="ageGroup">${ageGroups.map((age) => html`<option${age === "u10" ? html` selected` : ""}>${age}</option>`)}</select><p class="fault" data-fault-of="ageGroup"></p></div>
${field("season", "Season", html`value="${seasonAt(world.runtime.now())}" inputmode="numeric"`)}
${field("preferredPaymentDay", "Payment day (1–31, -1 for the last)", html`value="1" inputmode="numeric"`)}
<button class="primary wide" data-testid="registration-send">Complete registration</button>
</form>
</details>
</section>`;
