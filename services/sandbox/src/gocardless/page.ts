import { type Html, html } from "@touchline/service/html";
import type { BillingRequest, Flow } from "./resources.ts";

export const pounds = (pence: number): string =>
  new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" }).format(pence / 100);

const shell = (title: string, main: Html): Html => html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/sandbox/payment.css">
</head>
<body>
<header><span class="brand">GoCardless</span> <span class="tag">sandbox</span></header>
<main>${main}</main>
<footer>A stand-in for GoCardless’s own page. No bank is asked and no money moves.</footer>
</body>
</html>`;

const button = (action: string, label: string, kind = "plain"): Html =>
  html`<button class="${kind}" name="do" value="${action}" data-testid="gc-${action}">${label}</button>`;

/** What the payer sees: who asks for how much, and what it sets up. */
export const paymentPage = (request: BillingRequest, flow: Flow, notice?: string): Html => {
  const { payment_request: payment, mandate_request: mandate } = request;
  const what = payment === null ? "Set up a Direct Debit" : pounds(payment.amount);
  const action = `/billing/static/flow/act?id=${flow.id}`;
  return shell(
    `${request.creditor_name}: ${what}`,
    html`
<p class="creditor" data-testid="gc-creditor">${request.creditor_name}</p>
<h1 data-testid="gc-amount">${what}</h1>
${payment?.description ? html`<p class="description">${payment.description}</p>` : ""}
${notice === undefined ? "" : html`<p class="notice" role="status" data-testid="gc-notice">${notice}</p>`}
<ul class="steps">
${payment === null ? "" : html`<li>One payment of <b>${pounds(payment.amount)}</b> from your bank, today</li>`}
${mandate === null ? "" : html`<li>A Direct Debit mandate${mandate.description === null ? "" : ` (${mandate.description})`}, under the Direct Debit Guarantee</li>`}
</ul>
<form method="post" action="${action}">
${button("pay", payment === null ? "Set up Direct Debit" : `Pay ${pounds(payment.amount)}`, "primary")}
${button("leave", "Leave this page", "quiet")}
<details>
<summary>What else could happen</summary>
<div class="more">
${payment === null ? "" : button("pay-fails-later", "Pay, and let the payment fail later")}
${payment === null || !request.fallback_enabled || request.fallback_occurred ? "" : button("fallback", "My bank is not listed: pay by Direct Debit")}
${button("deny", "Let the bank refuse")}
${button("cancel", "Cancel the request for good")}
</div>
</details>
</form>`,
  );
};

const endings = {
  fulfilled: ["All done", "This has already been paid. There is nothing more to do."],
  cancelled: ["This request was cancelled", "Please go back to the club that sent you the link."],
  expired: ["This page has expired", "Open the link in your text again for a fresh page."],
  unknown: ["Page not found", "Open the link in your text again for a fresh page."],
  ready: ["Thank you", "You have done your part. You can close this page."],
  paid: ["Thank you", "Your payment is on its way. You can close this page."],
  left: ["Nothing was paid", "Open the link in your text again whenever it suits you."],
} as const;

export type Ending = keyof typeof endings;

export const endingPage = (ending: Ending): Html => {
  const [title, text] = endings[ending];
  return shell(title, html`<h1 data-testid="gc-ending">${title}</h1><p>${text}</p>`);
};
