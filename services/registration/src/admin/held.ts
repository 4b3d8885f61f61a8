import { type Html, html } from "@touchline/service/html";
import type { Act } from "../people/roles.ts";
import type { Row } from "../read-model/row.ts";
import { sure } from "./layout.ts";
import { longTime } from "./words.ts";

interface HeldView {
  readonly row: Row;
  /** The registration that it may repeat; undefined for a reader who may not see its team. */
  readonly heldFor: Row | undefined;
  readonly allows: (act: Act) => boolean;
  readonly now: Date;
}

const isHeld = ({ held_for, cancelled }: Row): boolean => held_for !== null && !cancelled;

export const heldNotice = ({ row, heldFor: other, allows, now }: HeldView): Html | false => {
  if (!isHeld(row)) return false;
  const link =
    other &&
    html` <a href="/admin/registrations/${other.registration_id}">${other.child_name}, registered ${longTime(other.created_at, now)}</a>.`;
  const cancel = allows("cancel") ? html`<a href="#cancel-title">cancel it</a>` : "cancel it";
  return html`<p class="notice bad" role="status"><span aria-hidden="true">!</span> <span>Held: this child seems to be registered already for this team and season.${link} There is no link and no text yet. Ask the parent: release it if it is another child, ${cancel} if it is the same one.</span></p>`;
};

export const releaseForm = ({ row, allows }: HeldView, base: string, token: Html): Html | false =>
  isHeld(row) &&
  allows("release") &&
  html`<form method="post" action="${base}/release">${token}
${sure("release-sure", "Yes, it is another child")}
<button class="primary">Make and text the link</button></form>`;
