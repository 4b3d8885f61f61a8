import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Row } from "../read-model/row.ts";
import { sure } from "./layout.ts";
import { moneyChips } from "./words.ts";

interface EndingView {
  readonly row: Row;
  readonly allows: (act: Act) => boolean;
  readonly cancelViolation?: { readonly message: string; readonly given: string } | undefined;
}

/** Forms that end a registration for good. */
export const endingForms = (view: EndingView, base: string, token: Html): Html =>
  html`${!view.row.cancelled && view.allows("cancel") && cancelForm(view, base, token)}
${view.allows("erase") && eraseForm(view, base, token)}`;

/** Open on a possible duplicate, because it is one of the two answers. */
const cancelForm = ({ row, cancelViolation }: EndingView, base: string, token: Html): Html =>
  html`<details${(cancelViolation !== undefined || row.held_for !== null) && html` open`}><summary id="cancel-title">Cancel the registration</summary>
<form class="fields" method="post" action="${base}/cancel">${token}
<p class="hint" id="cancel-hint">No more texts go out, nothing more is collected, and the link says that it is cancelled. What was paid stays paid until it is refunded. You cannot undo this: the child would have to be registered again.</p>
<label for="cancel-reason">Reason, for the club’s records</label>
${cancelViolation !== undefined && html`<p class="violation" id="cancel-violation">${cancelViolation.message}</p>`}
<input id="cancel-reason" name="reason" autocomplete="off" maxlength="200" value="${cancelViolation?.given ?? ""}" placeholder="no names or numbers" aria-describedby="${cancelViolation ? "cancel-violation cancel-hint" : "cancel-hint"}"${cancelViolation !== undefined && html` aria-invalid="true" autofocus`}>
${sure("cancel-sure", "Yes, cancel it for good")}
<button class="bad">Cancel the registration</button>
</form></details>`;

const eraseForm = ({ row }: EndingView, base: string, token: Html): Html => {
  const money = moneyChips(row);
  return html`<details><summary id="erase-title">Forget this family</summary>
<form class="fields" method="post" action="${base}/erase">${token}
<p class="hint">Names, numbers, texts and notes are forgotten. What is still to be paid is cancelled, and the link answers as if it had never existed. Amounts, dates and reference numbers of payments stay. You cannot undo this.</p>
${money.toString() !== "" && html`<p class="chips">${money}</p>`}
${sure("erase-sure", "Yes, forget them for good")}
<button class="bad">Forget this family</button>
</form></details>`;
};
