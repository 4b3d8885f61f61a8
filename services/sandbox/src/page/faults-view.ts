import { type Html, html } from "@touchline/service/html";
import type { DeliveryAttempt } from "../stand-in/post.ts";
import { isOn, type Preset, presets } from "./faults.ts";
import { timeOf } from "./time.ts";
import type { World } from "./world.ts";

const rulesOf = ({ twilio, account }: World, preset: Preset): readonly unknown[] =>
  (preset.provider === "twilio" ? twilio.faults : account.faults).current()[preset.part];

const toggle = (world: World, preset: Preset): Html => {
  const on = isOn(rulesOf(world, preset), preset);
  return html`<li id="switch-${preset.id}"><button id="fault-${preset.id}" class="switch" role="switch" aria-checked="${String(on)}" name="toggle" value="${preset.id}" data-testid="fault-${preset.id}"><span class="track" aria-hidden="true"></span>${preset.label}</button></li>`;
};

export const toggles = (world: World, provider: Preset["provider"]): Html =>
  html`${presets.filter((preset) => preset.provider === provider).map((preset) => toggle(world, preset))}`;

export const faultCount = (world: World): Html => {
  const on = presets.filter((preset) => isOn(rulesOf(world, preset), preset)).length;
  return html`<p id="fault-words" data-testid="fault-count">${on === 0 ? "Everything works." : `${on} fault${on === 1 ? "" : "s"} switched on.`}</p>`;
};

const SHOWN = 12;

const attempt = (from: string, one: DeliveryAttempt, index: number): Html => {
  const ok = one.status !== undefined && one.status < 300;
  const answer = one.status === undefined ? "no answer" : String(one.status);
  return html`<li id="sent-${from}-${index}"><span class="status ${ok ? "good" : "bad"}">${answer}</span> ${timeOf(one.at)} ${from}: ${one.about}${one.attempt > 1 ? ` (try ${one.attempt})` : ""}</li>`;
};

/** The latest callbacks and webhooks to Touchline. */
export const sentList = ({ twilio, account }: World): Html => {
  const all = [
    ...twilio.callbackAttempts.map((one, index) => ({ from: "Twilio", one, index })),
    ...account.webhooks.attempts.map((one, index) => ({ from: "GoCardless", one, index })),
  ]
    .toSorted((one, other) => other.one.at.localeCompare(one.one.at))
    .slice(0, SHOWN);
  if (all.length === 0) return html`<li id="sent-none" class="empty">No callback or webhook yet.</li>`;
  return html`${all.map(({ from, one, index }) => attempt(from, one, index))}`;
};

export const faultsPane = (world: World): Html => html`<section id="faults" class="pane" aria-labelledby="faults-title">
<header class="pane-head"><h2 id="faults-title">Faults</h2><div id="fault-count">${faultCount(world)}</div></header>
<form method="post" action="/sandbox/faults" data-live>
<fieldset><legend>Twilio</legend><ul id="faults-twilio" class="switches">${toggles(world, "twilio")}</ul></fieldset>
<fieldset><legend>GoCardless</legend><ul id="faults-gocardless" class="switches">${toggles(world, "gocardless")}</ul></fieldset>
<button class="small" name="reset" value="1" data-testid="faults-reset">Switch all off</button>
</form>
<details class="more"><summary>Callbacks and webhooks to Touchline</summary><ul id="sent-list" class="sent" data-testid="sent">${sentList(world)}</ul></details>
</section>`;
