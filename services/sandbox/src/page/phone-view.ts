import { escapeHtml, Html, html } from "@touchline/service/html";
import { deliveryErrorMessage } from "../twilio/errors.ts";
import type { Message } from "../twilio/message.ts";
import { isAlphanumericSender } from "../twilio/validate.ts";
import { timeOf } from "./time.ts";
import type { World } from "./world.ts";

const SAMPLE_PHONE = "+447700900123";

const isInbound = (message: Message): boolean => message.direction === "inbound";
const phoneOf = (message: Message): string => (isInbound(message) ? (message.from ?? "") : message.to);

/** The phones that have a text, latest first. */
const phones = ({ twilio }: World): string[] => [...new Set([...twilio.messages.newest().map(phoneOf), SAMPLE_PHONE])];

/** The phone shown: the requested one, or the one with the latest text. */
export const chosenPhone = (world: World, asked: string | undefined): string =>
  asked !== undefined && asked !== "" ? asked : (phones(world)[0] ?? SAMPLE_PHONE);

/** `+44 7700 900123` */
const spaced = (phone: string): string => phone.replace(/^\+44(\d{4})(\d{6})$/, "+44 $1 $2");

/** The text with its links made tappable; each opens as a phone's browser would, without a word about where from. */
export const linkified = (body: string): Html => {
  const parts = body.split(/(https?:\/\/[^\s<>"]+)/g);
  return new Html(
    parts
      .map((part, index) =>
        index % 2 === 0
          ? escapeHtml(part)
          : `<a href="${escapeHtml(part)}" target="_blank" rel="noopener noreferrer" data-testid="sms-link">${escapeHtml(part)}</a>`,
      )
      .join(""),
  );
};

const stateOf = (message: Message): { readonly ticks: string; readonly words: string } => {
  const error = message.errorCode === null ? "" : ` (${message.errorCode}: ${deliveryErrorMessage(message.errorCode)})`;
  switch (message.status) {
    case "scheduled":
      return { ticks: "…", words: "Scheduled" };
    case "accepted":
    case "queued":
    case "sending":
      return { ticks: "…", words: "On its way" };
    case "sent":
      return { ticks: "✓", words: "Sent" };
    case "delivered":
      return { ticks: "✓✓", words: "Delivered" };
    case "undelivered":
      return { ticks: "!", words: `Not delivered${error}` };
    case "failed":
      return { ticks: "!", words: `Failed${error}` };
    case "canceled":
      return { ticks: "!", words: "Cancelled" };
    case "received":
      return { ticks: "✓", words: "Received" };
  }
};

const segments = ({ segments: count, encoding }: Message): string =>
  `${count} segment${count === 1 ? "" : "s"}, ${encoding}`;

const SHOWN = 100;

const bubble = ({ previews }: World, message: Message): Html => {
  const preview = previews.of(message);
  const { ticks, words } = stateOf(message);
  const body = message.body === "" ? html`<i>(redacted)</i>` : linkified(message.body);
  return html`<li id="sms-${message.id}" class="sms ${isInbound(message) ? "out" : "in"} ${message.status}" data-testid="sms" data-status="${message.status}" data-sid="${message.id}">
<p class="bubble">${body}</p>
${preview === undefined ? "" : html`<p class="preview" data-testid="sms-preview"><b>${preview.title}</b> <span class="soft">${new URL(preview.url).host}</span></p>`}
<p class="meta">${timeOf(message.createdAt)} · <span class="ticks" aria-hidden="true">${ticks}</span> <span data-testid="sms-status">${words}</span><span class="soft"> · ${segments(message)}</span></p></li>`;
};

const texts = ({ twilio }: World, phone: string): Message[] =>
  twilio.messages
    .all()
    .filter((message) => phoneOf(message) === phone)
    .slice(-SHOWN);

export const smsList = (world: World, phone: string): Html => {
  const found = texts(world, phone);
  if (found.length === 0) {
    return html`<li id="sms-none" class="empty">No texts yet. Type <b>lah</b> in the chat, and one will arrive here.</li>`;
  }
  return html`${found.map((message) => bubble(world, message))}`;
};

const senderOf = (world: World, phone: string): string | undefined => {
  const last = texts(world, phone).findLast((message) => !isInbound(message));
  return last?.from ?? last?.messagingServiceSid ?? undefined;
};

export const phoneHead = (world: World, phone: string): Html => {
  const sender = senderOf(world, phone);
  const suppressed = sender !== undefined && world.twilio.isSuppressed(sender, phone);
  return html`<p id="phone-sender" class="sender" data-testid="sms-sender">${sender === undefined ? "Messages" : isAlphanumericSender(sender) ? sender : spaced(sender)}</p>
${suppressed ? html`<p id="phone-stopped" class="stopped" data-testid="suppressed">Texts are stopped. START lifts it.</p>` : ""}`;
};

export const replyBox = (world: World, phone: string): Html => {
  const sender = senderOf(world, phone);
  if (sender === undefined || isAlphanumericSender(sender)) {
    const why = sender === undefined ? "There is nothing to reply to yet." : `${sender} cannot receive replies.`;
    return html`<p id="reply-none" class="empty" data-testid="reply-none">${why}</p>`;
  }
  const hidden = html`<input type="hidden" name="phone" value="${phone}"><input type="hidden" name="sender" value="${sender}">`;
  return html`<form id="reply-form" class="say" method="post" action="/sandbox/reply" data-live>${hidden}
<label class="sr" for="reply-input">Reply by text</label>
<input id="reply-input" name="body" autocomplete="off" placeholder="Reply, or STOP" required maxlength="1600" data-testid="reply-input">
<button class="primary" data-testid="reply-send">Send</button></form>`;
};

const option = (phone: string, chosen: string): Html =>
  html`<option value="${phone}"${phone === chosen ? html` selected` : ""}>${spaced(phone)}</option>`;

export const phoneOptions = (world: World, chosen: string): Html =>
  html`${[...new Set([...phones(world), chosen])].map((phone) => option(phone, chosen))}`;

export const phonePane = (
  world: World,
  chosen: string,
): Html => html`<section id="phone" class="pane" aria-labelledby="phone-title">
<header class="pane-head"><h2 id="phone-title">Phone</h2>
<form class="choose" method="get" action="/" data-choose><label for="phone-select">Number</label>
<select id="phone-select" name="phone" data-testid="phone-select">${phoneOptions(world, chosen)}</select><noscript><button>Show</button></noscript></form>
</header>
<div class="device">
<div id="phone-head" class="device-head">${phoneHead(world, chosen)}</div>
<div class="log" role="log" aria-label="Texts on this phone" tabindex="0" data-follow><ol id="sms-list" data-testid="sms-list">${smsList(world, chosen)}</ol></div>
<div id="reply">${replyBox(world, chosen)}</div>
</div>
</section>`;
