import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Facts } from "../read-model/facts.ts";
import { longTime } from "./words.ts";

interface RepliesView {
  readonly facts: Pick<Facts, "replies" | "repliesHandledUpTo" | "optedOut">;
  readonly allows: (act: Act) => boolean;
  readonly now: Date;
}

/** The parent's replies, newest first. A reply that arrives while the page is open stays unanswered. */
export const repliesSection = ({ facts, allows, now }: RepliesView, base: string, token: Html): Html => {
  const { replies = [], repliesHandledUpTo = "" } = facts;
  const newestFirst = replies.toSorted((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1));
  const [newest] = newestFirst;
  const isOpen = ({ receivedAt }: { receivedAt: string }) => receivedAt > repliesHandledUpTo;
  if (!newest) return html`<div data-live id="replies"></div>`;
  return html`<div data-live id="replies"><section aria-labelledby="replies-title"><h2 id="replies-title">What the parent texted back</h2>
<ul class="replies">${newestFirst.map(
    (reply) => html`<li${isOpen(reply) && html` class="open"`}><q>${reply.body}</q>
<span class="when">${longTime(reply.receivedAt, now)}, ${isOpen(reply) ? "not dealt with yet" : "dealt with"}</span></li>`,
  )}</ul>
${
  allows("handle_replies") &&
  isOpen(newest) &&
  html`<form method="post" action="${base}/replies">${token}<input type="hidden" name="upTo" value="${newest.receivedAt}"><button class="primary" id="replies-handled">Dealt with</button></form>`
}</section></div>`;
};

/** Shown to people who may record the parent's wish, because parents cannot reply STOP or START to a named sender. */
export const textsWishForm = ({ facts, allows }: RepliesView, base: string, token: Html): Html | undefined => {
  if (!allows("wish_texts")) return undefined;
  const [wanted, title, hint, button] = facts.optedOut
    ? ([
        "yes",
        "Texts again",
        "Only when the parent asks for them. A parent who texted STOP must also text START: Twilio, which sends the texts, keeps its own list.",
        "The parent wants texts again",
      ] as const)
    : ([
        "no",
        "No more texts",
        "Only when the parent asks. It applies to the number, so to brothers and sisters too.",
        "The parent wants no more texts",
      ] as const);
  return html`<details${facts.optedOut && html` open`}><summary id="texts-title">${title}</summary>
<form method="post" action="${base}/texts">${token}<input type="hidden" name="wanted" value="${wanted}">
<p class="hint">${hint}</p>
<button>${button}</button>
</form></details>`;
};
