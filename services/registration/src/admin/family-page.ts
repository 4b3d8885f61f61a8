import { isUnpaid, termsWords } from "@touchline/contracts";
import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import { pounds, type TimelineEntry } from "@touchline/timeline";
import { maskPhone } from "@touchline/uk-phone";
import type { Act } from "../people/roles.ts";
import type { Entry } from "../read-model/books.ts";
import type { Note } from "../read-model/facts.ts";
import type { Row } from "../read-model/row.ts";
import { type AmendView, amendForm } from "./amend-form.ts";
import { endingForms } from "./ending-forms.ts";
import { heldNotice, releaseForm } from "./held.ts";
import { notice } from "./layout.ts";
import { accountSection } from "./ledger-page.ts";
import { LIST_PATH } from "./list-query.ts";
import { type MoneyViolation, moneyForm } from "./money-form.ts";
import { type MoneyRecord, recordsSection } from "./money-records.ts";
import { notesSection } from "./notes.ts";
import { refundForm } from "./refund-form.ts";
import { repliesSection, textsWishForm } from "./replies.ts";
import { snoozeForm } from "./snooze-form.ts";
import { type TypedTerms, termsForm } from "./terms-form.ts";
import { termsNow } from "./terms-meaning.ts";
import {
  clockTime,
  dayHeading,
  emailWords,
  longTime,
  moneyChips,
  paymentChip,
  seasonName,
  shortTime,
  textChip,
  traitChips,
  trouble,
} from "./words.ts";

interface Violated {
  readonly message: string;
  readonly given: string;
}

export interface FamilyView extends AmendView {
  /** What the family owes and has paid. */
  readonly account: readonly Entry[];
  /** Undefined if the event store does not answer. */
  readonly lines: readonly TimelineEntry[] | undefined;
  /** What was shown at an earlier time, if somebody asks. */
  readonly earlier?: Html | undefined;
  /** Records of money from elsewhere. */
  readonly records: readonly MoneyRecord[];
  /** The registration that it may repeat; undefined for a reader who may not see its team. */
  readonly heldFor: Row | undefined;
  /** Other registrations with the same number. */
  readonly siblings: readonly Row[];
  readonly csrf: string;
  /** Whether the reader's role allows it. */
  readonly allows: (act: Act) => boolean;
  readonly now: Date;
  /** Shows the number in full. */
  readonly reveal?: boolean;
  readonly done?: Html | undefined;
  /** Why the typed number was refused, and what was typed. */
  readonly phoneViolation?: Violated | undefined;
  /** The same for an amount to refund. */
  readonly refundViolation?: Violated | undefined;
  readonly moneyViolation?: MoneyViolation | undefined;
  /** A new monthly fee or payment day, as typed. */
  readonly terms?: TypedTerms | undefined;
  readonly noteViolation?: Violated | undefined;
  readonly cancelViolation?: Violated | undefined;
  /** With their authors' names. */
  readonly notes: readonly Note[];
  /** Identifies this view of the page, so that a form that is sent twice takes effect once. */
  readonly requestId: string;
}

export const familyPage = (view: FamilyView): Html => {
  const { row, done, now } = view;
  const problem = trouble(row);
  const base = `${LIST_PATH}/${row.registration_id}`;
  const token = html`<input type="hidden" name="csrf" value="${view.csrf}">`;
  return html`<p class="back"><a href="${LIST_PATH}">All registrations</a></p>
<h1>${row.child_name}</h1>
${done}
<div data-live id="state">
<p class="chips">${paymentChip(row)} ${moneyChips(row)} ${traitChips(row, now)} ${textChip(row)}</p>
${problem !== undefined && notice("bad", problem)}
${heldNotice(view)}
${row.money_error !== null && notice("bad", moneyWords(row))}
${row.subscription_error !== null && notice("bad", refusedWords(row.subscription_error))}
${facts(view)}
</div>
${releaseForm(view, base, token)}
${repliesSection(view, base, token)}
${actions(view, base, token)}
${notesSection(view, base, token)}
<div data-live id="money">${recordsSection(view, base, token)}</div>
${accountSection(view.account)}
<section aria-labelledby="timeline-title"><h2 id="timeline-title">What happened</h2>
<div data-live id="timeline">${view.lines ? timeline(view.lines) : notice("bad", "A part of Touchline is not answering, so this cannot be shown. Try again shortly.")}</div></section>
${view.earlier}
${siblings(view)}`;
};

const moneyWords = ({ money_error, money_failed_at }: Row): string =>
  money_failed_at === null
    ? `${money_error}.`
    : `${money_error}. Ask for it again, or write a note of what was done instead: then the family leaves Today.`;

const refusedWords = (error: string): string =>
  `GoCardless has refused the monthly payments, so they are not collected as agreed (${error}). Look at this family’s Direct Debit at GoCardless, and show this to the person who runs Touchline. Touchline tries again each day.`;

const facts = ({ row, reveal, now }: FamilyView): Html => html`<dl class="facts">
<div><dt>Parent</dt><dd>${row.parent_name}</dd></div>
<div><dt>Phone</dt><dd>${reveal ? html`<a href="tel:${row.parent_phone}">${row.parent_phone}</a>` : maskPhone(row.parent_phone)}</dd></div>
<div><dt>Team</dt><dd>${row.team} ${row.age_group}, season ${seasonName(row.season)}</dd></div>
<div><dt>Fees</dt><dd>${pounds(row.signing_fee_pence)} to sign on, ${termsWords(termsNow(row))}</dd></div>
<div><dt>Registered</dt><dd>${longTime(row.created_at, now)}</dd></div>
<div><dt>Text sent</dt><dd>${row.sms_sent_at ? longTime(row.sms_sent_at, now) : "not yet"}</dd></div>
${
  emailWords(row) &&
  html`<div><dt>E-mail</dt><dd>${emailWords(row)}</dd></div>
`
}<div><dt>Link opened</dt><dd>${row.link_opened_at ? longTime(row.link_opened_at, now) : "not yet"}</dd></div>
${
  (row.paid_at || isUnpaid(row.payment_status)) &&
  html`<div><dt>Paid</dt><dd>${row.paid_at ? longTime(row.paid_at, now) : "not yet"}</dd></div>`
}
</dl>`;

const actions = (view: FamilyView, base: string, token: Html): Html => {
  const { row, allows, reveal } = view;
  const open = !row.cancelled && row.payment_status !== "cancelled";
  const canResend =
    open &&
    allows("resend") &&
    row.held_for === null &&
    isUnpaid(row.payment_status) &&
    row.phone_refuses_texts === 0 &&
    !row.payment_token_error;
  return html`<section class="actions" aria-label="Actions">
<div class="buttons">${canResend && html`<form method="post" action="${base}/resend">${token}<button class="primary">Text the link again</button></form>`}
${!reveal && html`<form method="post" action="${base}/number">${token}<button>Show the number</button></form>`}</div>
${open && allows("correct") && correction(view, base, token)}
${open && allows("amend") && amendForm(view, base, token)}
${open && termsForm(view, base, token)}
${textsWishForm(view, base, token)}
${open && snoozeForm(view, base, token)}
${moneyForm(view, base, token)}
${refundForm(view, base, token)}
${endingForms(view, base, token)}</section>`;
};

const correction = ({ row, phoneViolation }: FamilyView, base: string, token: Html): Html =>
  html`<details${(phoneViolation !== undefined || (row.phone_needs_correction === 1 && !row.opted_out)) && html` open`}><summary id="correct">Correct the number</summary>
<form method="post" action="${base}/phone">${token}
<label for="phone">New mobile number</label>
<p class="hint" id="phone-hint">A UK mobile, such as 07700 900123. The link is texted to it at once.</p>
${phoneViolation !== undefined && html`<p class="violation" id="phone-violation">${phoneViolation.message}</p>`}
<div class="together"><input id="phone" name="phone" type="tel" autocomplete="off" required maxlength="40" value="${phoneViolation?.given ?? ""}" aria-describedby="${phoneViolation ? "phone-violation phone-hint" : "phone-hint"}"${phoneViolation !== undefined && html` aria-invalid="true" autofocus`}><button class="primary">Correct and text</button></div>
</form></details>`;

const siblings = ({ siblings: rows, now }: FamilyView): Html | undefined =>
  rows.length === 0
    ? undefined
    : html`<section aria-labelledby="siblings-title"><h2 id="siblings-title">Same number</h2>
<ul class="families">${rows.map((row) => html`<li><a class="name" href="${LIST_PATH}/${row.registration_id}">${row.child_name}</a> <span class="team">${row.team} ${row.age_group}</span> <span class="when">${shortTime(row.created_at, now)}</span> <span class="chips">${paymentChip(row)} ${textChip(row)}</span></li>`)}</ul></section>`;

const timeline = (lines: readonly TimelineEntry[]): Html => {
  const days = Map.groupBy(lines, (line) => londonDay(line.at));
  return html`${[...days.values()].map(
    (ofDay) => html`<h3>${ofDay[0] ? dayHeading(ofDay[0].at) : ""}</h3>
<ol class="timeline">${ofDay.map(timelineLine)}</ol>`,
  )}`;
};

const timelineLine = (line: TimelineEntry): Html => html`<li class="${line.tone}" id="e-${String(line.position)}">
<span class="clock">${clockTime(line.at)}<span class="by">${line.from ?? "Touchline"}</span></span>
<span class="what">${line.text}${line.by !== undefined && html` <span class="quiet">by ${line.by}</span>`}</span>
${line.detail !== undefined && html`<span class="detail">${line.detail}</span>`}
</li>`;
