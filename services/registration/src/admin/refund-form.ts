import { type Html, html } from "@touchline/service/html";
import { pounds } from "@touchline/timeline";
import type { Act } from "../people/roles.ts";
import type { Row } from "../read-model/row.ts";
import { sure } from "./layout.ts";

interface RefundView {
  readonly row: Row;
  readonly allows: (act: Act) => boolean;
  readonly requestId: string;
  readonly refundViolation?: { readonly message: string; readonly given: string } | undefined;
}

/** Shown to people who may move money, once there is a payment. */
export const refundForm = (view: RefundView, base: string, token: Html): Html | undefined => {
  const { row, allows, requestId, refundViolation } = view;
  // A family that was cancelled before it paid is `cancelled`; one that had paid keeps the status of its money.
  const neverPaid = row.payment_status === "pending" || row.payment_status === "cancelled";
  if (!allows("move_money") || !row.billing_request_id || (neverPaid && row.paid_twice_pence === 0)) return undefined;
  const offered = row.paid_twice_pence > 0;
  const suggested = refundViolation?.given ?? (offered ? (row.paid_twice_pence / 100).toFixed(2) : "");
  return html`<details${(offered || refundViolation !== undefined) && html` open`}><summary id="refund-title">Refund a payment</summary>
<form class="fields" method="post" action="${base}/refund">${token}<input type="hidden" name="refund" value="${requestId}">
<label for="refund-pounds">Pounds to give back</label>
<p class="hint" id="refund-hint">${offered && html`${pounds(row.paid_twice_pence)} was paid twice. `}GoCardless pays it back to the family’s bank account. It cannot be more than is left of one payment.</p>
${refundViolation !== undefined && html`<p class="violation" id="refund-violation">${refundViolation.message}</p>`}
<input id="refund-pounds" name="pounds" inputmode="decimal" autocomplete="off" required maxlength="9" value="${suggested}" aria-describedby="${refundViolation ? "refund-violation refund-hint" : "refund-hint"}"${refundViolation !== undefined && html` aria-invalid="true" autofocus`}>
${sure("refund-sure", "Yes, give it back")}
<button>Refund</button>
</form></details>`;
};

/** `27.50` or `£27` in pence; NaN when it is no amount. */
export const penceIn = (text: string): number => {
  const [, whole, pence = "00"] = /^\s*£?\s*(\d{1,5})(?:\.(\d{2}))?\s*$/.exec(text) ?? [];
  return whole === undefined ? Number.NaN : Number(whole) * 100 + Number(pence);
};
