import { type MoneyKind, type PaymentEvent, poundsAndPence } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { type Html, html } from "@touchline/service/html";
import { describeEvent, moneyKindWords, moneyRefusals } from "@touchline/timeline";
import type { Act } from "../people/roles.ts";
import { chip, shortTime, type Tone } from "./words.ts";

type Refusal = Extract<PaymentEvent, { type: "MoneyElsewhereRefused" }>["data"]["code"];
type Standing = "waiting" | "counts" | "refused" | "undoing" | "undone";

interface Done {
  readonly at: Date;
  readonly by?: string;
}

/** A record of money from elsewhere, and whether it counts. */
export interface MoneyRecord {
  readonly recordId: string;
  readonly kind: MoneyKind;
  readonly amountPence: number;
  readonly note: string;
  readonly made: Done;
  readonly standing: Standing;
  readonly refusal?: Refusal;
  readonly undone?: Done;
}

/** The records in a family's timeline, in the order in which they were made. Payment-link decides whether one counts. */
export const moneyRecords = (
  events: readonly StoredEvent[],
  nameOf: (operatorId: string) => string | undefined,
): MoneyRecord[] => {
  const outcomes = new Map<string, "counts" | Refusal>();
  for (const { type, data } of events) {
    if (type === "MoneyElsewhereRecorded") outcomes.set(data.recordId, "counts");
    if (type === "MoneyElsewhereRefused") outcomes.set(data.recordId, data.code);
  }
  const done = (event: StoredEvent): Done => {
    const { at, by } = describeEvent(event, { nameOf });
    return { at, ...(by !== undefined && { by }) };
  };
  const made = events.filter((event) => event.type === "MoneyRecorded");
  return made
    .filter(({ data }) => data.undoes === undefined)
    .map((event) => {
      const { recordId, kind, amountPence, note } = event.data;
      const undoing = made.find(
        ({ data }) => data.undoes === recordId && ["counts", undefined].includes(outcomes.get(data.recordId)),
      );
      const outcome = outcomes.get(recordId);
      return {
        recordId,
        kind,
        amountPence,
        note,
        made: done(event),
        ...(undoing
          ? { standing: outcomes.has(undoing.data.recordId) ? "undone" : "undoing", undone: done(undoing) }
          : outcome === undefined || outcome === "counts"
            ? { standing: outcome ?? "waiting" }
            : { standing: "refused", refusal: outcome }),
      };
    });
};

const chips: Readonly<Record<Standing, readonly [Tone, string]>> = {
  waiting: ["wait", "Waiting"],
  counts: ["good", "Counts"],
  refused: ["bad", "Does not count"],
  undoing: ["wait", "Being undone"],
  undone: ["wait", "Undone"],
};

export interface RecordsView {
  readonly records: readonly MoneyRecord[];
  readonly allows: (act: Act) => boolean;
  /** Identifies this view of the page, so that a form that is sent twice undoes once. */
  readonly requestId: string;
  readonly now: Date;
}

/** Undefined if nothing was recorded. */
export const recordsSection = (view: RecordsView, base: string, token: Html): Html | undefined =>
  view.records.length === 0
    ? undefined
    : html`<h2>Money from elsewhere</h2>
<ul class="records">${view.records.map((record, index) => line(view, record, index, base, token))}</ul>`;

const line = (
  { allows, requestId, now }: RecordsView,
  record: MoneyRecord,
  index: number,
  base: string,
  token: Html,
): Html => {
  const { recordId, kind, amountPence, note, made, standing, refusal, undone } = record;
  const what = `${poundsAndPence(amountPence)} ${moneyKindWords[kind]}`;
  return html`<li><div><span class="what">${what}</span> ${chip(chips[standing])}
<span class="detail">${note}, ${whenAndBy(made, now)}${refusal && html`; ${moneyRefusals[refusal]}`}${undone && html`; undone ${whenAndBy(undone, now)}`}</span></div>
${
  standing === "counts" &&
  allows("move_money") &&
  html`<form method="post" action="${base}/money">${token}<input type="hidden" name="record" value="${requestId}-${index}"><input type="hidden" name="undoes" value="${recordId}"><input type="hidden" name="note" value="${note}"><button id="undo-${recordId}" aria-label="Undo ${what}, ${note}">Undo</button></form>`
}</li>`;
};

const whenAndBy = ({ at, by }: Done, now: Date): Html =>
  html`${shortTime(at.toISOString(), now)}${by !== undefined && html` by ${by}`}`;
