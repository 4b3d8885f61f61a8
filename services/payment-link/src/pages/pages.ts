import { type Club, contentSecurityPolicy, layout, type PageContent } from "./layout.ts";

export const pageNames = [
  "unknown",
  "paid",
  "processing",
  "cancelled",
  "try_again",
  "too_many",
  "thanks",
  "came_back",
  "preview",
] as const;

export type PageName = (typeof pageNames)[number];

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
}

/** How long the try-again page waits, in seconds. */
const TRY_AGAIN_SECONDS = 8;
const PROCESSING_SECONDS = 5;

interface Made extends PageContent {
  readonly status: number;
  /** Seconds after which the page asks again by itself. */
  readonly refresh?: number;
}

/** In the place of the link's id. */
const LINK_ID = "{id}";

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
    body: `<p>Your payment is made. There is nothing more to do, and you can close this page.</p>
<p>GoCardless has sent you a confirmation by email.</p>`,
  },
  processing: {
    status: 200,
    refresh: PROCESSING_SECONDS,
    title: "Your payment is being processed",
    body: `<p>Your bank and GoCardless are finishing it now. This usually takes less than a minute.</p>
<p>You don’t need to pay again. This page checks by itself every few seconds.</p>
<a class="go" href="">Check now</a>`,
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
    body: `<p>You’re done. GoCardless will confirm the payment by email, and the registration will be complete once it has arrived.</p>
<p>You can close this page.</p>`,
  },
  came_back: {
    status: 200,
    title: "You haven’t paid yet",
    body: `<p>That’s fine. Nothing has been taken from your account, and your link stays valid: pay when it suits you.</p>
<p>The registration is complete once the payment is made.</p>
<a class="go" href="/reg_setup/${LINK_ID}">Open the payment page</a>`,
  },
  preview: {
    status: 200,
    title: "Registration payment",
    body: `<p>Payments are handled safely by GoCardless.</p>
<form method="post" action="/reg_setup/${LINK_ID}/continue"><button class="go">Continue to payment</button></form>`,
  },
};

export interface Pages {
  /** `linkId`, for the pages that lead on from a link, must have passed the link's pattern. */
  readonly page: (name: PageName, linkId?: string) => Page;
}

export interface PagesOptions {
  /** Whether GoCardless's pages may be without TLS, as a stand-in's are. */
  readonly plainHttp: boolean;
}

const RETRY_SECONDS = 10;

const made = (club: Club, content: Made, { plainHttp }: PagesOptions): Page => {
  const { status, refresh } = content;
  const html = layout(club, content);
  // The form leads to us, and we redirect to GoCardless.
  const formAction = html.includes("<form") ? `'self' https:${plainHttp ? " http:" : ""}` : undefined;
  const headers = {
    "content-security-policy": contentSecurityPolicy(formAction),
    "content-type": "text/html; charset=utf-8",
    // As a header, so that the page itself needs neither script nor a meta tag.
    ...(refresh && { refresh: String(refresh) }),
    ...(status === 503 && { "retry-after": String(refresh ?? RETRY_SECONDS) }),
  };
  return { status, headers, html };
};

/** All pages, made once: none of them says anything about anybody. */
export const createPages = (club: Club, options: PagesOptions): Pages => {
  const pages = new Map(
    Object.entries(contents).map(([name, content]) => [name, made(club, content, options)] as const),
  );
  return {
    page: (name, linkId = "") => {
      const found = pages.get(name);
      if (!found) throw new TypeError(`There is no page ${name}.`);
      return { ...found, html: found.html.replace(LINK_ID, linkId) };
    },
  };
};
