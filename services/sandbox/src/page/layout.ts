import { type Html, html } from "@touchline/service/html";
import { chatLog, chatPane } from "./chat-view.ts";
import { faultCount, faultsPane, sentList, toggles } from "./faults-view.ts";
import { mailList, mailPane } from "./mail-view.ts";
import { paymentsList, paymentsPane } from "./payments-view.ts";
import { chosenPhone, phoneHead, phoneOptions, phonePane, replyBox, smsList } from "./phone-view.ts";
import type { World } from "./world.ts";

export const sandboxPage = (world: World, askedPhone: string | undefined): Html => {
  const phone = chosenPhone(world, askedPhone);
  return html`<!doctype html>
<html lang="en-GB" data-phone="${askedPhone ?? ""}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Touchline sandbox</title>
<link rel="stylesheet" href="/sandbox/page.css">
<link rel="icon" href="data:,">
<script src="/sandbox/page.js" type="module"></script>
</head>
<body>
<a class="skip" href="#chat-input">Skip to the chat</a>
<header class="top">
<h1>Touchline <span>sandbox</span></h1>
<p>Stand-ins for the chat, Twilio, GoCardless and a mail server. No text or e-mail is sent and no money moves.</p>
<p id="live" class="live" role="status" data-testid="live">Reload to see what is new</p>
</header>
<nav aria-label="Parts of this page"><a href="#chat">Chat</a><a href="#phone">Phone</a><a href="#payments">Payments</a><a href="#mail">Mail</a><a href="#faults">Faults</a></nav>
<main>
${chatPane(world)}
${phonePane(world, phone)}
${paymentsPane(world)}
${mailPane(world)}
${faultsPane(world)}
</main>
</body>
</html>`;
};

/** The parts that change, by the id of the element that holds them. */
export const livePieces = (world: World, askedPhone: string | undefined): Record<string, string> => {
  const phone = chosenPhone(world, askedPhone);
  const pieces: Record<string, Html> = {
    "chat-log": chatLog(world),
    "phone-head": phoneHead(world, phone),
    "phone-select": phoneOptions(world, phone),
    "sms-list": smsList(world, phone),
    reply: replyBox(world, phone),
    "payments-list": paymentsList(world),
    "mail-list": mailList(world),
    "fault-count": faultCount(world),
    "faults-twilio": toggles(world, "twilio"),
    "faults-gocardless": toggles(world, "gocardless"),
    "sent-list": sentList(world),
  };
  return Object.fromEntries(Object.entries(pieces).map(([id, piece]) => [id, piece.toString()]));
};
