import { moneyKinds } from "@touchline/contracts";
import { type Html, html } from "@touchline/service/html";
import { moneyKindWords, pounds } from "@touchline/timeline";
import type { Act } from "../people/roles.ts";
import type { Row } from "../read-model/row.ts";

/** Why a record is not taken, and what was typed. */
export interface MoneyViolation {
  readonly field: "kind" | "pounds" | "note";
  readonly message: string;
  readonly given: Readonly<Record<MoneyViolation["field"], string>>;
}

interface MoneyView {
  readonly row: Row;
  readonly allows: (act: Act) => boolean;
  readonly requestId: string;
  readonly moneyViolation?: MoneyViolation | undefined;
}

/** Shown to people who may move money, once there is a link: for money paid outside GoCardless. */
export const moneyForm = (view: MoneyView, base: string, token: Html): Html | undefined => {
  const { row, allows, requestId, moneyViolation: violation } = view;
  if (!allows("move_money") || !row.billing_request_id || row.cancelled) return undefined;
  const kinds = moneyKinds.map(
    (kind) =>
      html`<option value="${kind}"${kind === violation?.given.kind && html` selected`}>${moneyKindWords[kind]}</option>`,
  );
  return html`<details${violation && html` open`}><summary id="money-title">Record money from elsewhere</summary>
<form class="fields" method="post" action="${base}/money">${token}<input type="hidden" name="record" value="${requestId}">
<p class="hint">The signing-on fee is ${pounds(row.signing_fee_pence)}. The link then asks for what is left of it.</p>
${violation?.field === "kind" && html`<p class="violation">${violation.message}</p>`}
<label for="money-kind">How it was paid</label>
<select id="money-kind" name="kind">${kinds}</select>
${field(violation, "pounds", "Pounds", "Such as 27.50.", html`inputmode="decimal" maxlength="9"`)}
${field(violation, "note", "Note code", "Such as a receipt number, R-0117. Never a name.", html`maxlength="40" pattern="[A-Za-z0-9][A-Za-z0-9._\/\-]*"`)}
<button class="primary">Record</button>
</form></details>`;
};

const field = (
  violation: MoneyViolation | undefined,
  name: "pounds" | "note",
  label: string,
  hint: string,
  more: Html,
): Html => {
  const id = `money-${name}`;
  const wrong = violation?.field === name;
  return html`<label for="${id}">${label}</label>
<p class="hint" id="${id}-hint">${hint}</p>
${wrong && html`<p class="violation" id="${id}-violation">${violation.message}</p>`}
<input id="${id}" name="${name}" autocomplete="off" required ${more} value="${violation?.given[name] ?? ""}" aria-describedby="${wrong && html`${id}-violation `}${id}-hint"${wrong && html` aria-invalid="true" autofocus`}>`;
};
