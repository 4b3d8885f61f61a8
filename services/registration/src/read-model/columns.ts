import { isUnpaid, type PaymentStatus } from "@touchline/contracts";
import { nextActions } from "../today/next-actions.ts";
import { emailStatus } from "./emails.ts";
import type { Completed, Facts, Note } from "./facts.ts";
import type { LinkText } from "./link-text.ts";
import { columnNames, type Row } from "./row.ts";
import { searchText } from "./search.ts";

/** Columns that never change. */
export const fixedColumns = (completed: Completed) => ({
  registration_id: completed.registrationId,
  season: completed.season,
  signing_fee_pence: completed.signingFeePence,
  created_at: completed.acceptedAt,
});

export type FixedColumns = ReturnType<typeof fixedColumns>;

/** Columns that follow from the facts. Only the time and position of the change are added. */
export type ChangingColumns = Omit<Row, keyof FixedColumns | "updated_at" | "position">;

export const changingColumns = (facts: Facts): ChangingColumns => {
  const text = shownText(facts.texts.filter(({ reminder }) => !reminder));
  const payment = paymentStatus(facts);
  const shown = {
    ...contentColumns(facts),
    parent_phone: facts.parentPhone,
    billing_request_id: facts.token ?? null,
    payment_status: payment,
    sms_sent_at: text?.sentAt ?? null,
    sms_delivery_status: text?.status ?? "pending",
    sms_delivery_error: text?.error ?? null,
    sms_attempts: text?.attempts ?? 0,
    sms_segments: text?.segments ?? 0,
    link_opened_at: facts.openedAt ?? null,
    paid_at: payment === "paid" ? (facts.payment?.since ?? null) : null,
    ...phoneColumns(facts),
    payment_token_error: facts.tokenError ?? null,
    ...moneyColumns(facts),
    ...subscriptionColumns(facts),
    ...followUpColumns(facts),
    email_status: emailStatus(facts.emails ?? []),
    cancelled: Number(facts.cancelled),
  };
  return { ...shown, next_actions: JSON.stringify(nextActions(shown, facts.resends)) };
};

const unchanging: ReadonlySet<string> = new Set<Exclude<keyof Row, keyof ChangingColumns>>([
  "registration_id",
  "season",
  "signing_fee_pence",
  "created_at",
  "updated_at",
  "position",
]);

export const changingNames = columnNames.filter((name): name is keyof ChangingColumns => !unchanging.has(name));

export const differ = (a: ChangingColumns, b: ChangingColumns): boolean =>
  changingNames.some((name) => a[name] !== b[name]);

/** A cancelled registration asks for nothing more; what payment-link says of a fee that was settled is still shown. */
const paymentStatus = ({ cancelled, payment }: Facts): PaymentStatus => {
  const status = payment?.status ?? "pending";
  return cancelled && isUnpaid(status) ? "cancelled" : status;
};

const contentColumns = ({ content: { child, parent, team, ageGroup, ...terms } }: Facts) => ({
  monthly_fee_pence: terms.monthlyFeePence,
  preferred_payment_day: terms.preferredPaymentDay,
  child_name: `${child.firstName} ${child.lastName}`,
  parent_name: `${parent.firstName} ${parent.lastName}`,
  team,
  age_group: ageGroup,
  search_text: searchText(`${child.firstName} ${child.lastName}`, `${parent.firstName} ${parent.lastName}`, team),
});

const moneyColumns = ({ payment, months, wishes, notes = [] }: Facts) => ({
  amount_refunded_pence: payment?.amountRefundedPence ?? 0,
  behind_pence: months?.behindPence ?? 0,
  months_missed: months?.monthsMissed ?? 0,
  mandate_status: months?.mandate ?? "",
  paid_twice_pence: months?.paidTwicePence ?? 0,
  money_error: wishes?.at(-1)?.problem ?? null,
  money_failed_at: unnoted(wishes?.at(-1)?.failedAt, notes),
});

/** A subscription is only asked for while the fee is settled and the Direct Debit can be used. */
const subscriptionColumns = ({ cancelled, payment, months, subscriptionRefused: refused }: Facts) => {
  const status = payment?.status;
  const asked = !cancelled && (status === "paid" || status === "waived") && months?.mandate !== "gone";
  return {
    subscription_error: (asked && refused?.error) || null,
    subscription_refused_at: (asked && refused?.at) || null,
  };
};

/** When it failed, until a note says what was done instead. */
const unnoted = (failedAt: string | undefined, notes: readonly Note[]): string | null =>
  failedAt === undefined || notes.some(({ addedAt }) => addedAt > failedAt) ? null : failedAt;

const followUpColumns = ({
  cancelled,
  suspendedAt,
  reinstatedAt,
  snoozedUntil,
  heldFor,
  replies = [],
  repliesHandledUpTo = "",
  notes,
}: Facts) => ({
  // A child who has left is not suspended.
  suspended_at: cancelled ? null : (suspendedAt ?? null),
  reinstated_at: reinstatedAt ?? null,
  snoozed_until: snoozedUntil ?? null,
  held_for: heldFor ?? null,
  replied_at:
    replies
      .map(({ receivedAt }) => receivedAt)
      .sort()
      .findLast((at) => at > repliesHandledUpTo) ?? null,
  notes: notes?.length ?? 0,
});

/** The newest text, unless it was withdrawn: then the one before still says how the parent got the link. */
const shownText = (texts: readonly LinkText[]): LinkText | undefined =>
  newest(texts.filter((text) => !text.withdrawn)) ?? newest(texts);

const newest = (texts: readonly LinkText[]): LinkText | undefined =>
  texts.reduce<LinkText | undefined>((a, b) => (a === undefined || BigInt(b.at) > BigInt(a.at) ? b : a), undefined);

/** The first failure after the last text that arrived: sending the link again does not restart the wait. */
const unreachedSince = (texts: readonly LinkText[]): string | null => {
  const shown = shownText(texts);
  if (shown?.status !== "undelivered" && shown?.status !== "failed") return null;
  const arrived = newest(texts.filter(({ status }) => status === "delivered"));
  const since = texts.flatMap(({ at, failedAt }) =>
    failedAt && (!arrived || BigInt(at) > BigInt(arrived.at)) ? [failedAt] : [],
  );
  return since.sort()[0] ?? null;
};

const phoneColumns = ({ optedOut, texts, parentPhone }: Facts) => {
  // The present number may have been tried before another one that was then corrected back. A reminder counts only once it
  // arrived, or showed that the number does not work.
  const own = texts.filter(
    ({ to, reminder, status, numberProblem }) =>
      to === parentPhone && (!reminder || status === "delivered" || numberProblem),
  );
  const problem = shownText(own)?.numberProblem;
  return {
    opted_out: Number(optedOut),
    unreached_since: unreachedSince(own),
    phone_needs_correction: optedOut || problem ? 1 : 0,
    // A phone that was switched off may be on again: the parent decides.
    phone_refuses_texts: optedOut || problem === "refused" ? 1 : 0,
  };
};
