import { type Html, html } from "@touchline/service/html";
import type { Facts } from "../read-model/facts.ts";
import type { Row } from "../read-model/row.ts";
import type { AmendWish } from "../registration/amend.ts";
import type { FieldViolation } from "../registration/violations.ts";

export interface AmendView {
  readonly row: Row;
  /** The values that the row was made from. */
  readonly facts: Facts;
  /** What was typed, and why it was refused. */
  readonly amendment?: { readonly wish: AmendWish; readonly violations: readonly FieldViolation[] } | undefined;
}

/** Corrects team, age group and names. First it explains what that means for the parent. */
export const amendForm = ({ row, facts, amendment }: AmendView, base: string, token: Html): Html => {
  const before = facts.content;
  const { team, ageGroup, child, parent } = amendment?.wish ?? {};
  // What the field was when the page was made goes along, so that an old page does not undo what somebody else changed since.
  const field = (path: string, name: string, label: string, was: string, value = was) => {
    const violation = amendment?.violations.find((one) => one.field === path);
    return html`<label for="amend-${name}">${label}</label>
${violation && html`<p class="violation" id="amend-${name}-violation">${violation.message}</p>`}
<input id="amend-${name}" name="${name}" required maxlength="200" autocomplete="off" value="${value}"${violation && html` aria-invalid="true" aria-describedby="amend-${name}-violation"`}><input type="hidden" name="was_${name}" value="${was}">`;
  };
  return html`<details${amendment && html` open`}><summary id="amend">Correct the team or a name</summary>
<form method="post" action="${base}/amend">${token}
<p class="hint">${meaning(row)}</p>
${field("child.firstName", "child_first", "Child's first name", before.child.firstName, child?.firstName)}
${field("child.lastName", "child_last", "Child's last name", before.child.lastName, child?.lastName)}
${field("parent.firstName", "parent_first", "Parent's first name", before.parent.firstName, parent?.firstName)}
${field("parent.lastName", "parent_last", "Parent's last name", before.parent.lastName, parent?.lastName)}
${field("team", "team", "Team", before.team, team)}
${field("ageGroup", "age_group", "Age group", before.ageGroup, ageGroup)}
<button class="primary">Correct</button>
</form></details>`;
};

const meaning = (row: Row): string => {
  if (row.sms_sent_at !== null)
    return "The text with the old name has already been sent; later texts have the new one.";
  if (row.sms_attempts > 0) return "A text with the old name may have been sent; later texts have the new one.";
  return "A text that is being sent may still have the old name; later texts have the new one.";
};
