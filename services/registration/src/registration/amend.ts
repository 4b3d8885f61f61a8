import { type RegistrationEvent, TERMS_AMENDMENTS_MAX } from "@touchline/contracts";
import { type Decided, nothing, type OfKind } from "./decide.ts";
import { isKnown, type RegistrationState, type Terms } from "./state.ts";
import { type Intake, validate } from "./validate.ts";
import type { FieldViolation } from "./violations.ts";

const amendable = ["team", "ageGroup", "child", "parent"] as const;

const terms = ["monthlyFeePence", "preferredPaymentDay"] as const satisfies (keyof Terms)[];

/** The amendment as typed; absent fields and parts of a name stay, and an address is ignored. */
export type AmendWish = Pick<Intake, (typeof amendable)[number] | (typeof terms)[number]>;

/** Whether the amendment is about future collections. */
export const amendsTerms = (wish: AmendWish): boolean => terms.some((field) => wish[field] !== undefined);

type Changes = Extract<RegistrationEvent, { type: "RegistrationAmended" }>["data"]["changes"];

export type AmendResult =
  | OfKind<"amended" | "unchanged" | "not_found" | "registration_cancelled" | "too_many_amendments">
  | { readonly kind: "fields_refused"; readonly violations: readonly FieldViolation[] };

/** Replaces parts of what was submitted. They are validated as at the intake; a repeat changes nothing. */
export const amend =
  (registrationId: string, wish: AmendWish, testFees: boolean, now: Date) =>
  (state: RegistrationState): Decided<AmendResult> => {
    if (!isKnown(state)) return nothing({ kind: "not_found" });
    if (state.status === "cancelled") return nothing({ kind: "registration_cancelled" });
    const before = { ...state.completed, ...state.amended };
    const checked = validate({ ...before, ...given(wish, before) }, testFees);
    if (!checked.ok) return nothing({ kind: "fields_refused", violations: checked.violations });
    const { team, ageGroup, child, preferredPaymentDay, monthlyFeePence = before.monthlyFeePence } = checked.content;
    const { firstName, lastName } = checked.content.parent;
    const after = { team, ageGroup, child, parent: { firstName, lastName } };
    const changes: Changes = Object.fromEntries(
      amendable.filter((field) => !same(after[field], before[field])).map((field) => [field, after[field]]),
    );
    const agreed = { monthlyFeePence, preferredPaymentDay };
    const otherTerms = terms.some((field) => agreed[field] !== before[field]);
    if (otherTerms && state.termsAmendments >= TERMS_AMENDMENTS_MAX) return nothing({ kind: "too_many_amendments" });
    const about = { registrationId, amendedAt: now.toISOString() };
    const events: RegistrationEvent[] = [];
    if (Object.keys(changes).length > 0)
      events.push({ type: "RegistrationAmended", data: { ...about, changes, count: state.amendments + 1 } });
    if (otherTerms)
      events.push({ type: "MonthlyTermsAmended", data: { ...about, ...agreed, count: state.termsAmendments + 1 } });
    return { events, result: { kind: events.length > 0 ? "amended" : "unchanged" } };
  };

const given = (wish: AmendWish, { child, parent }: Pick<AmendWish, "child" | "parent">): AmendWish => ({
  ...Object.fromEntries(
    [...amendable, ...terms].filter((field) => wish[field] !== undefined).map((field) => [field, wish[field]]),
  ),
  child: nameWith(wish.child, child),
  parent: nameWith(wish.parent, parent),
});

const nameWith = (wish: AmendWish["child"], before: AmendWish["child"]): AmendWish["child"] => ({
  firstName: wish?.firstName ?? before?.firstName,
  lastName: wish?.lastName ?? before?.lastName,
});

type Part = string | NonNullable<Changes["child"]>;

const same = (a: Part, b: Part): boolean =>
  typeof a === "string" || typeof b === "string" ? a === b : a.firstName === b.firstName && a.lastName === b.lastName;
