import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Html, html } from "@touchline/service/html";

const asset = (file: string, type: string) => {
  const body = readFileSync(new URL(`assets/${file}`, import.meta.url));
  const version = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return { body, type, path: `/admin/${file}`, href: `/admin/${file}?v=${version}` };
};

export const assets = {
  css: asset("board.css", "text/css; charset=utf-8"),
  js: asset("board.js", "text/javascript; charset=utf-8"),
} as const;

/** `other` is a page that the header does not link to. */
type Place = "today" | "registrations" | "other";

export interface Frame {
  readonly club: string;
  readonly title: string;
  /** Who is logged in, and the token of the log-out form; absent if nobody needs to log in. */
  readonly loggedIn?: { readonly name: string; readonly csrf: string } | undefined;
  /** Which of the board's pages it is; absent on a page for somebody who was not admitted. */
  readonly place?: Place | undefined;
  /** The page updates by itself. */
  readonly live?: boolean;
}

export const page = ({ club, title, loggedIn, place, live }: Frame, main: Html): string =>
  html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – ${club}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets.css.href}">
${live && html`<script src="${assets.js.href}" defer></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="club" href="/admin">${club}</a>
${place !== undefined && html`<nav class="places" aria-label="Pages">${link("today", "/admin", "Today", place)} ${link("registrations", "/admin/registrations", "Registrations", place)}</nav>`}
${live && html`<p class="live" id="live" role="status"></p>`}
${loggedIn !== undefined && html`<form method="post" action="/admin/logout"><input type="hidden" name="csrf" value="${loggedIn.csrf}"><span class="quiet">${loggedIn.name}</span> <button class="quiet">Log out</button></form>`}
</header>
<main id="main" tabindex="-1">${main}</main>
</body>
</html>`.toString();

const link = (to: Place, href: string, name: string, place: Place): Html =>
  html`<a href="${href}"${to === place && html` aria-current="page"`}>${name}</a>`;

export const notice = (tone: "good" | "bad", text: string): Html =>
  html`<p class="notice ${tone}" role="${tone === "bad" ? "alert" : "status"}"><span aria-hidden="true">${tone === "good" ? "✓" : "!"}</span> ${text}</p>`;

/** A box to tick before something irreversible. */
export const sure = (id: string, words: string): Html =>
  html`<p class="sure"><input id="${id}" name="sure" type="checkbox" value="yes" required> <label for="${id}">${words}</label></p>`;
