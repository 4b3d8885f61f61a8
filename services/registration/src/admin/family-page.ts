import { londonDay } from "@touchline/london";
import { type Html, html } from "@touchline/service/html";
import { pounds, type TimelineEntry } from "@touchline/timeline";
import { maskPhone } from "@touchline/uk-phone";
import type { Row } from "../read-model/row.ts";
import { notice } from "./layout.ts";
import { clockTime, dayHeading, longTime, paymentChip, shortTime, textChip, trouble } from "./words.ts";

export interface FamilyView {
  readonly row: Row;
  /** Undefined when the event store could not be asked. */
  readonly lines: readonly TimelineEntry[] | undefined;
  /** Other registrations with the same number. */
  readonly siblings: readonly Row[];
  readonly csrf: string;
  readonly now: Date;
  /** Shows the number in full. */
  readonly reveal?: boolean;
  readonly done?: Html | undefined;
  /** Why the number that was typed is not taken, and what was typed. */
  readonly phoneViolation?: { readonly message: string; readonly given: string } | undefined;
}

export const familyPage = (view: FamilyView): Html => {
  const { row, done } = view;
  const problem = trouble(row);
  return html`<p class="back"><a href="/admin">All registrations</a></p>
<h1>${row.child_name}</h1>
${done}
<div data-live id="state">
<p class="chips">${paymentChip(row)} ${textChip(row)}</p>
${problem !== undefined && notice("bad", problem)}
${facts(view)}
</div>
${actions(view)}
<section aria-labelledby="timeline-title"><h2 id="timeline-title">What happened</h2>
<div data-live id="timeline">${view.lines ? timeline(view.lines) : notice("bad", "The event store does not answer, so the timeline cannot be shown now.")}</div></section>
${siblings(view)}`;
};

const facts = ({ row, reveal }: FamilyView): Html => html`<dl class="facts">
<div><dt>Parent</dt><dd>${row.parent_name}</dd></div>
<div><dt>Phone</dt><dd>${reveal ? html`<a href="tel:${row.parent_phone}">${row.parent_phone}</a>` : maskPhone(row.parent_phone)}</dd></div>
<div><dt>Team</dt><dd>${row.team} ${row.age_group}, season ${season(row.season)}</dd></div>
<div><dt>Fees</dt><dd>${pounds(row.signing_fee_pence)} to sign on, ${pounds(row.monthly_fee_pence)} a month</dd></div>
<div><dt>Registered</dt><dd>${longTime(row.created_at)}</dd></div>
<div><dt>Text sent</dt><dd>${row.sms_sent_at ? longTime(row.sms_sent_at) : "not yet"}</dd></div>
<div><dt>Link opened</dt><dd>${row.link_opened_at ? longTime(row.link_opened_at) : "not yet"}</dd></div>
<div><dt>Paid</dt><dd>${row.paid_at ? longTime(row.paid_at) : "not yet"}</dd></div>
</dl>`;

const season = (code: string) => `20${code.slice(0, 2)}/${code.slice(2)}`;

const actions = ({ row, csrf, reveal, phoneViolation }: FamilyView): Html => {
  const base = `/admin/registrations/${row.registration_id}`;
  const token = html`<input type="hidden" name="csrf" value="${csrf}">`;
  const number = html`<form method="post" action="${base}/number">${token}<button>Show the number</button></form>`;
  if (row.payment_status === "cancelled")
    return html`<section class="actions" aria-label="Actions">${!reveal && number}</section>`;
  const canResend = row.payment_status !== "paid" && row.phone_refuses_texts === 0 && !row.payment_token_error;
  return html`<section class="actions" aria-label="Actions">
${canResend && html`<form method="post" action="${base}/resend">${token}<button class="primary">Text the link again</button></form>`}
${!reveal && number}
<details${(phoneViolation !== undefined || row.phone_needs_correction === 1) && html` open`}><summary id="correct">Correct the number</summary>
<form method="post" action="${base}/phone">${token}
<label for="phone">New mobile number</label>
<p class="hint" id="phone-hint">A UK mobile, such as 07700 900123. The link is texted to it at once.</p>
${phoneViolation !== undefined && html`<p class="violation" id="phone-violation">${phoneViolation.message}</p>`}
<div class="together"><input id="phone" name="phone" type="tel" autocomplete="off" required maxlength="40" value="${phoneViolation?.given ?? ""}" aria-describedby="${phoneViolation ? "phone-violation phone-hint" : "phone-hint"}"${phoneViolation !== undefined && html` aria-invalid="true" autofocus`}><button class="primary">Correct and text</button></div>
</form></details></section>`;
};

const siblings = ({ siblings: rows, now }: FamilyView): Html | undefined =>
  rows.length === 0
    ? undefined
    : html`<section aria-labelledby="siblings-title"><h2 id="siblings-title">Same number</h2>
<ul class="families">${rows.map((row) => html`<li><a class="name" href="/admin/registrations/${row.registration_id}">${row.child_name}</a> <span class="team">${row.team} ${row.age_group}</span> <span class="when">${shortTime(row.created_at, now)}</span> <span class="chips">${paymentChip(row)} ${textChip(row)}</span></li>`)}</ul></section>`;

const timeline = (lines: readonly TimelineEntry[]): Html => {
  const days = Map.groupBy(lines, (line) => londonDay(line.at));
  return html`${[...days.values()].map(
    (ofDay) => html`<h3>${ofDay[0] ? dayHeading(ofDay[0].at) : ""}</h3>
<ol class="timeline">${ofDay.map(timelineLine)}</ol>`,
  )}`;
};

const timelineLine = (line: TimelineEntry): Html => html`<li class="${line.tone}" id="e-${String(line.position)}">
<span class="clock">${clockTime(line.at)}<span class="by">${line.from ? `${line.from} → ${line.service}` : line.service}</span></span>
<span class="what">${line.text}</span>
${line.detail !== undefined && html`<span class="detail">${line.detail}</span>`}
</li>`;
