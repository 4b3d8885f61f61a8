import { LINK_PREFIX } from "@touchline/contracts";
import { escapeHtml } from "@touchline/service/html";
import { type Club, contentSecurityPolicy, layout, type PageContent } from "./layout.ts";

export const pageNames = [
  "unknown",
  "paid",
  "settled",
  "refunded",
  "processing",
  "cancelled",
  "ask_club",
  "try_again",
  "too_many",
  "thanks",
  "checking",
  "came_back",
  "preview",
  "stop",
  "stopped",
  "not_stopped",
] as const;

export type PageName = (typeof pageNames)[number];

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The link is the parent's secret: nothing may store it or pass it on. */
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
  /** Seconds after which the page reloads by itself. */
  readonly refresh?: number;
}

/** Placeholders for the link's id, what the family pays, and the link to stop texts. */
const LINK_ID = "{id}";
const LINK = `${LINK_PREFIX}${LINK_ID}`;
const FEES = "{fees}";
const STOP = "{stop}";
const PLACEHOLDER = /(\{id\}|\{fees\})/;

const stopHtml = `\n<p><a href="${LINK}/stop">Stop texts about this registration</a></p>`;

/**
 * No page says that no money was taken: GoCardless may have taken it without our knowing yet.
 *
 * Only letters and signs of Latin-1: with a dash or a curly quote, Node takes half as long again to send a page.
 */
const contents: Record<PageName, Made> = {
  unknown: {
    status: 404,
    title: "We cannot find this link",
    body: `<p>Open the link in the text message we sent you. If you typed or copied it, a letter may be missing.</p>
<p>If it still does not work, ask the club to send you the link again.</p>`,
  },
  paid: {
    status: 200,
    title: "Already paid. Thank you.",
    body: `<p>You have paid. You do not need to do anything else. You can close this page.</p>${FEES}
<p>GoCardless has sent you a confirmation by email.</p>${STOP}`,
  },
  settled: {
    status: 200,
    title: "Nothing to pay. Thank you.",
    body: `<p>The club has recorded that the fee is settled. You do not need to do anything else. You can close this page.</p>${STOP}`,
  },
  refunded: {
    status: 200,
    title: "Your payment was refunded",
    body: `<p>The club has refunded the registration fee. You do not need to do anything.</p>
<p>GoCardless sends refunds to the account you paid from, usually within 2 working days. If you did not expect this, ask the club.</p>${STOP}`,
  },
  processing: {
    status: 200,
    refresh: PROCESSING_SECONDS,
    title: "We are checking your payment",
    body: `<p>If you have just paid, do not pay again. GoCardless may still be finishing your payment. This usually takes less than a minute.</p>
<p>This page checks by itself every few seconds.</p>
<a class="go" href="">Check now</a>${STOP}`,
  },
  cancelled: {
    status: 410,
    title: "This registration was cancelled",
    body: `<p>You do not need to pay. You cannot pay with this link any more.</p>
<p>If you did not expect this, ask the club.</p>`,
  },
  ask_club: {
    status: 200,
    title: "Please ask the club how to pay",
    body: `<p>GoCardless does not accept this payment. Trying again does not help.</p>
<p>If you have just paid, do not pay again.</p>`,
  },
  try_again: {
    status: 503,
    refresh: TRY_AGAIN_SECONDS,
    title: "One moment, please",
    body: `<p>The payment page is not working at the moment. If you have just paid, do not pay again.</p>
<p>This page tries again every few seconds. Your link still works, so you can also come back later.</p>
<a class="go" href="">Try again now</a>`,
  },
  too_many: {
    status: 429,
    title: "Please wait a minute",
    body: `<p>This link was opened too many times. Wait a minute, then open it again.</p>
<p>Your link still works. If you have just paid, do not pay again.</p>`,
  },
  thanks: {
    status: 200,
    title: "Thank you",
    body: `<p>You have finished. GoCardless will confirm your payment by email. The registration is complete when the payment has arrived.</p>${FEES}
<p>You can close this page.</p>${STOP}`,
  },
  checking: {
    status: 200,
    refresh: PROCESSING_SECONDS,
    title: "We do not have your payment yet",
    body: `<p>If you have just paid at GoCardless, do not pay again. It can take a minute to reach us. This page checks by itself every few seconds.</p>
<p>If you have not paid, you can still pay with your link. The registration is complete when you have paid.</p>${FEES}
<a class="go" href="${LINK}">Open the payment page</a>${STOP}`,
  },
  came_back: {
    status: 200,
    title: "We do not have a payment from you yet",
    body: `<p>If you have not paid, you can pay when it suits you. Your link still works. The registration is complete when you have paid.</p>
<p>If you have just paid, do not pay again. It can take a minute to reach us.</p>${FEES}
<a class="go" href="${LINK}">Open the payment page</a>${STOP}`,
  },
  preview: {
    status: 200,
    title: "Registration payment",
    body: `<p>You pay safely through GoCardless.</p>${FEES}
<form method="post" action="${LINK}/continue"><button class="go">Continue to payment</button></form>`,
  },
  stop: {
    status: 200,
    title: "Stop texts from the club?",
    body: `<p>The club will stop texting the mobile number for this registration. You will get no reminders. This also stops texts about other children with the same number.</p>
<p>Your registration and payment link do not change. If you want texts again, ask the club.</p>
<form method="post" action="${LINK}/stop"><button class="go">Stop the texts</button></form>`,
  },
  stopped: {
    status: 200,
    title: "You will get no more texts",
    body: `<p>A text that is already on its way may still arrive.</p>
<p>Your registration and payment link do not change. If you want texts again, ask the club.</p>`,
  },
  not_stopped: {
    status: 503,
    title: "We could not stop the texts",
    body: `<p>Something is not working at the moment. Wait a minute, then press the button again.</p>
<form method="post" action="${LINK}/stop"><button class="go">Stop the texts</button></form>`,
  },
};

/** What a page says about its link. */
export interface AboutLink {
  /** Must have passed the link's pattern. */
  readonly id: string;
  /** What the family pays, in words; empty if nothing. A function, since most pages do not need it. */
  readonly fees: () => string;
}

export interface Pages {
  readonly page: (name: PageName, about?: AboutLink) => Page;
}

export interface PagesOptions {
  /** Whether GoCardless's pages may lack TLS, as a stand-in's do. */
  readonly plainHttp: boolean;
  /** Whether the pages link to the page to stop texts, because nobody can reply STOP. */
  readonly offersStop: boolean;
}

const RETRY_SECONDS = 10;

const made = (club: Club, content: Made, { plainHttp, offersStop }: PagesOptions): Page => {
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
  return { status, headers, body: html };
};

const nobody: AboutLink = { id: "", fees: () => "" };

const feesHtml = (fees: string): string => fees && `\n<p>What you pay: ${escapeHtml(fees)}.</p>`;

/** All pages, built once. Some have details of the link filled in for each request; none has personal data. */
export const createPages = (club: Club, options: PagesOptions): Pages => {
  const pages = new Map(
    Object.entries(contents).map(([name, content]) => {
      const page = made(club, content, options);
      return [name, { page, parts: page.body.split(PLACEHOLDER) }] as const;
    }),
  );
  return {
    page: (name, about = nobody) => {
      const found = pages.get(name);
      if (!found) throw new TypeError(`There is no page ${name}.`);
      const { page, parts } = found;
      if (parts.length === 1) return page;
      const filled: Record<string, string> = { [LINK_ID]: about.id, [FEES]: feesHtml(about.fees()) };
      return { ...page, body: parts.map((part) => filled[part] ?? part).join("") };
    },
  };
};
