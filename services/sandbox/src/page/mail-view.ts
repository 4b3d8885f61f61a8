import { type Html, html } from "@touchline/service/html";
import { actors } from "../mail/acts.ts";
import type { ReceivedMail } from "../mail/mail-server.ts";
import { linkified } from "./phone-view.ts";
import { timeOf } from "./time.ts";
import type { World } from "./world.ts";

const SHOWN = 20;

const mailCard = ({ id, to, from, subject, text, receivedAt }: ReceivedMail): Html =>
  html`<li id="mail-${id}" class="request" data-testid="mail">
<h3>${subject}</h3>
<p class="soft">${timeOf(receivedAt)} from ${from} to ${to}</p>
<p class="mail-text">${linkified(text)}</p></li>`;

export const mailList = ({ mail }: World): Html => {
  const found = mail.mails.newest().slice(0, SHOWN);
  if (found.length === 0)
    return html`<li id="mail-none" class="empty">No e-mail yet. One comes when no text reaches a parent.</li>`;
  return html`${found.map(mailCard)}`;
};

export const mailPane = (world: World): Html => html`<section id="mail" class="pane" aria-labelledby="mail-title">
<header class="pane-head"><h2 id="mail-title">Mailbox</h2><p>Takes what is sent to anybody, except where the name before the @ is one of: ${actors.join(", ")}</p></header>
<ul id="mail-list" class="cards" data-testid="mails">${mailList(world)}</ul>
</section>`;
