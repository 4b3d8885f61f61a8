import { escapeHtml } from "@touchline/service/html";
import { type Club, contentSecurityPolicy, layout, type PageContent } from "./layout.ts";

export const pageNames = [
  "unknown",
  "paid",
  "settled",
  "refunded",
  "processing",
  "cancelled",
  "try_again",
  "too_many",
  "thanks",
  "checking",
  "came_back",
  "preview",
  "stop",
  "stopped",
] as const;

export type PageName = (typeof pageNames)[number];

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The link is its parent's secret: nothing may store it or pass it on. */
export const privateHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
} as const;

/** How long the try-again page waits, in seconds. */
const TRY_AGAIN_SECONDS = 8;
const PROCESSING_SECONDS = 5;

interface Made extends PageContent {
  readonly status: number;
  /** Seconds after which the page asks again by itself. */
  readonly refresh?: number;
}

/** In the place of the link's id, of what its family pays, and of the way out of texts. */
const LINK_ID = "{id}";
const FEES = "{fees}";
const STOP = "{stop}";

const stopHtml = `\n<p><a href="/reg_setup/${LINK_ID}/stop">No more texts about this registration</a></p>`;

const contents: Record<PageName, Made> = {
  unknown: {
    status: 404,
    title: "We can’t find this link",
    body: `<p>Please open the link straight from the text message we sent you. If you typed or copied it, a letter may be missing.</p>
<p>If it still does not work, the club can send you a new one.</p>`,
  },
  paid: {
    status: 200,
    title: "Already paid – thank you",
    body: `<p>Your payment is made. There is nothing more to do, and you can close this page.</p>${FEES}
<p>GoCardless has sent you a confirmation by email.</p>${STOP}`,
  },
  settled: {
    status: 200,
    title: "Nothing to pay – thank you",
    body: `<p>The club has noted that the fee is settled, so this link asks for nothing. You can close this page.</p>${STOP}`,
  },
  refunded: {
    status: 200,
    title: "Your payment was refunded",
    body: `<p>The club has given the registration fee back. Nothing is asked for with this link.</p>
<p>GoCardless sends refunds to the account that the payment came from, as a rule within two working days. If you didn’t expect this, please ask the club.</p>${STOP}`,
  },
  processing: {
    status: 200,
    refresh: PROCESSING_SECONDS,
    title: "Your payment is being processed",
    body: `<p>Your bank and GoCardless are finishing it now. This usually takes less than a minute.</p>
<p>You don’t need to pay again. This page checks by itself every few seconds.</p>
<a class="go" href="">Check now</a>${STOP}`,
  },
  cancelled: {
    status: 410,
    title: "This registration was cancelled",
    body: `<p>No payment is needed, and none can be made with this link.</p>
<p>If you didn’t expect this, please ask the club.</p>`,
  },
  try_again: {
    status: 503,
    refresh: TRY_AGAIN_SECONDS,
    title: "One moment, please",
    body: `<p>The payment page isn’t answering just now. Nothing has been taken from your account.</p>
<p>This page tries again by itself every few seconds. Your link stays valid, so you can also come back later.</p>
<a class="go" href="">Try again now</a>`,
  },
  too_many: {
    status: 429,
    title: "That was a bit too often",
    body: `<p>This link was opened many times within a minute. Please wait a minute, then open it again.</p>
<p>Nothing has been taken from your account, and your link stays valid.</p>`,
  },
  thanks: {
    status: 200,
    title: "Thank you",
    body: `<p>You’re done. GoCardless will confirm the payment by email, and the registration will be complete once it has arrived.</p>${FEES}
<p>You can close this page.</p>${STOP}`,
  },
  checking: {
    status: 200,
    refresh: PROCESSING_SECONDS,
    title: "We don’t have your payment yet",
    body: `<p>If you have just finished at GoCardless, you don’t need to pay again: it can take a minute to reach us, and this page checks by itself every few seconds.</p>
<p>If you haven’t paid, nothing has been taken from your account. The registration is complete once the payment is made.</p>${FEES}
<a class="go" href="/reg_setup/${LINK_ID}">Open the payment page</a>${STOP}`,
  },
  came_back: {
    status: 200,
    title: "You haven’t paid yet",
    body: `<p>That’s fine. Nothing has been taken from your account, and your link stays valid: pay when it suits you.</p>
<p>The registration is complete once the payment is made.</p>${FEES}
<a class="go" href="/reg_setup/${LINK_ID}">Open the payment page</a>${STOP}`,
  },
  preview: {
    status: 200,
    title: "Registration payment",
    body: `<p>Payments are handled safely by GoCardless.</p>${FEES}
<form method="post" action="/reg_setup/${LINK_ID}/continue"><button class="go">Continue to payment</button></form>`,
  },
  stop: {
    status: 200,
    title: "No more texts?",
    body: `<p>The club will no longer text the mobile number of this registration: no reminders, and nothing about brothers or sisters with the same number either.</p>
<p>The registration and its payment link stay as they are. If you want texts again, ask the club.</p>
<form method="post" action="/reg_setup/${LINK_ID}/stop"><button class="go">Stop the texts</button></form>`,
  },
  stopped: {
    status: 200,
    title: "No more texts",
    body: `<p>That’s done. A text that is already on its way may still arrive.</p>
<p>The registration and its payment link stay as they are. If you want texts again, ask the club.</p>`,
  },
};

/** What a page says about its link. */
export interface AboutLink {
  /** Must have passed the link's pattern. */
  readonly id: string;
  /** What the family pays, in words; empty when it is nothing. Most pages do not ask. */
  readonly fees: () => string;
}

export interface Pages {
  readonly page: (name: PageName, about?: AboutLink) => Page;
}

export interface PagesOptions {
  /** Whether GoCardless's pages may be without TLS, as a stand-in's are. */
  readonly plainHttp: boolean;
  /** Whether the pages name a way out of texts, since nobody can answer them with STOP. */
  readonly offersStop: boolean;
}

const RETRY_SECONDS = 10;

/** What pages consist of: bytes that are the same for every link, and the names of what is filled in. */
type Part = Buffer | keyof AboutLink;

interface MadePage extends Page {
  readonly parts: readonly Part[];
}

const partsOf = (html: string): Part[] =>
  html.split(/\{(id|fees)\}/).map((text, i) => (i % 2 === 1 ? (text as keyof AboutLink) : Buffer.from(text)));

const made = (club: Club, content: Made, { plainHttp, offersStop }: PagesOptions): MadePage => {
  const { status, refresh } = content;
  const html = layout(club, { ...content, body: content.body.replaceAll(STOP, offersStop ? stopHtml : "") });
  // The form leads to us, and we redirect to GoCardless.
  const formAction = html.includes("<form") ? `'self' https:${plainHttp ? " http:" : ""}` : undefined;
  const headers = {
    ...privateHeaders,
    "content-security-policy": contentSecurityPolicy(formAction),
    "content-type": "text/html; charset=utf-8",
    // As a header, so that the page itself needs neither script nor a meta tag.
    ...(refresh && { refresh: String(refresh) }),
    ...(status === 503 && { "retry-after": String(refresh ?? RETRY_SECONDS) }),
  };
  return { status, headers, parts: partsOf(html), body: Buffer.from(html) };
};

const nobody: AboutLink = { id: "", fees: () => "" };

const feesHtml = (fees: string): string => fees && `\n<p>What you pay: ${escapeHtml(fees)}.</p>`;

const fill = (part: Part, { id, fees }: AboutLink): Uint8Array => {
  if (part === "id") return Buffer.from(id);
  if (part === "fees") return Buffer.from(feesHtml(fees()));
  return part;
};

/** All pages, made once. What some say about a link is filled in for each parent; none says anything about anybody. */
export const createPages = (club: Club, options: PagesOptions): Pages => {
  const pages = new Map(
    Object.entries(contents).map(([name, content]) => [name, made(club, content, options)] as const),
  );
  return {
    page: (name, about = nobody) => {
      const found = pages.get(name);
      if (!found) throw new TypeError(`There is no page ${name}.`);
      if (found.parts.length === 1) return found;
      return { ...found, body: Buffer.concat(found.parts.map((part) => fill(part, about))) };
    },
  };
};
