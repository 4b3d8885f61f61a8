import { NOTE_MAX } from "@touchline/contracts";
import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Note } from "../read-model/facts.ts";
import { longTime } from "./words.ts";

interface NotesView {
  /** With their authors' names. */
  readonly notes: readonly Note[];
  readonly allows: (act: Act) => boolean;
  readonly requestId: string;
  readonly now: Date;
  readonly noteViolation?: { readonly message: string; readonly given: string } | undefined;
}

/** The operators' notes about the family; left out if there is nothing to read or write. */
export const notesSection = (view: NotesView, base: string, token: Html): Html | undefined => {
  const { notes, allows, now } = view;
  if (notes.length === 0 && !allows("note")) return undefined;
  return html`<section aria-labelledby="notes-title"><h2 id="notes-title">Notes</h2>
${notes.length > 0 && html`<ul class="notes">${notes.map((note) => item(note, now, allows("note"), base, token))}</ul>`}
${allows("note") && form(view, base, token)}</section>`;
};

const item = ({ noteId, text, addedAt, by }: Note, now: Date, removable: boolean, base: string, token: Html): Html =>
  html`<li><p class="note">${text}</p>
<p class="quiet">${longTime(addedAt, now)}${by !== undefined && html` by ${by}`}</p>
${
  removable &&
  html`<details><summary id="remove-${noteId}">Remove<span class="unseen"> this note</span></summary>
<form method="post" action="${base}/remove-note">${token}<input type="hidden" name="note" value="${noteId}">
<button class="bad">Remove it for good</button></form></details>`
}</li>`;

const form = ({ requestId, noteViolation }: NotesView, base: string, token: Html): Html =>
  html`<details${noteViolation !== undefined && html` open`}><summary id="note-title">Add a note</summary>
<form class="fields" method="post" action="${base}/note">${token}<input type="hidden" name="note" value="${requestId}">
<label for="note-text">Note</label>
<p class="hint" id="note-hint">Only operators see it, and it is forgotten with the family. At most ${NOTE_MAX} characters.</p>
${noteViolation !== undefined && html`<p class="violation" id="note-violation">${noteViolation.message}</p>`}
<textarea id="note-text" name="text" rows="4" required maxlength="${NOTE_MAX}" aria-describedby="${noteViolation ? "note-violation note-hint" : "note-hint"}"${noteViolation !== undefined && html` aria-invalid="true" autofocus`}>
${noteViolation?.given ?? ""}</textarea>
<button>Add</button>
</form></details>`;
