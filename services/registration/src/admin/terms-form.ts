import { paymentDayWords } from "@touchline/contracts";
import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Entry } from "../read-model/books.ts";
import type { Row } from "../read-model/row.ts";
import { penceIn } from "./refund-form.ts";
import { meaningOf, type Terms, termsNow } from "./terms-meaning.ts";

/** What was typed, and why it was refused. */
export interface TypedTerms {
  readonly pounds: string;
  readonly day: string;
  readonly message?: string | undefined;
}

interface TermsView {
  readonly row: Row;
  readonly account: readonly Entry[];
  readonly allows: (act: Act) => boolean;
  readonly now: Date;
  readonly terms?: TypedTerms | undefined;
}

export const termsIn = ({ pounds, day }: TypedTerms): Terms => ({
  monthlyFeePence: penceIn(pounds),
  preferredPaymentDay: Number(day || Number.NaN),
});

/** For people who may move money. The page first shows what the new terms mean; a second button saves them. */
export const termsForm = (view: TermsView, base: string, token: Html): Html | undefined => {
  const { row, allows, terms: typed } = view;
  if (!allows("move_money")) return undefined;
  const given = typed ?? { pounds: (row.monthly_fee_pence / 100).toFixed(2), day: String(row.preferred_payment_day) };
  const message = typed && (typed.message ?? refusal(termsIn(typed), row));
  const choice = (day: number) =>
    html`<option value="${day}"${String(day) === given.day && html` selected`}>${paymentDayWords(day)}</option>`;
  return html`<details${typed && html` open`}><summary id="terms">Change the monthly fee or payment day</summary>
<form class="fields" method="get" action="${base}#terms">
<label for="terms-pounds">Pounds a month</label>
<p class="hint" id="terms-hint">Such as 27.50, or 0 to end the monthly fee. Nothing changes yet.</p>
${message && html`<p class="violation" id="terms-violation">${message}</p>`}
<input id="terms-pounds" name="pounds" inputmode="decimal" autocomplete="off" required maxlength="9" value="${given.pounds}" aria-describedby="${message ? "terms-violation terms-hint" : "terms-hint"}"${message && html` aria-invalid="true"`}>
<label for="terms-day">Payment day</label>
<select id="terms-day" name="day">${days(row).map(choice)}</select>
<button>Show what it means</button>
</form>
${typed && !message && confirmation(view, typed, base, token)}</details>`;
};

/** From the 29th on, the payment day is the last day of the month; an agreed last day is offered as such. */
const days = ({ preferred_payment_day: present }: Row): number[] => {
  const offered = [...Array.from({ length: 28 }, (_, i) => i + 1), -1];
  return offered.includes(present) ? offered : [...offered.slice(0, -1), present];
};

const refusal = (wish: Terms, row: Row): string | undefined => {
  if (Number.isNaN(wish.monthlyFeePence)) return "Give an amount in pounds, such as 27.50.";
  const now = termsNow(row);
  const same = wish.monthlyFeePence === now.monthlyFeePence && wish.preferredPaymentDay === now.preferredPaymentDay;
  return same ? "That is already agreed." : undefined;
};

const confirmation = ({ row, account, now }: TermsView, typed: TypedTerms, base: string, token: Html): Html =>
  html`<form class="fields" method="post" action="${base}/terms">${token}<input type="hidden" name="pounds" value="${typed.pounds}"><input type="hidden" name="day" value="${typed.day}">
<ul>${meaningOf(row, account, termsIn(typed), now).map((sentence) => html`<li>${sentence}</li>`)}</ul>
<button class="primary">Change it for the next collections</button>
</form>`;
