import { isUnpaid, type PaymentStatus, RESEND_INTERVAL_MS, RESENDS_MAX } from "@touchline/contracts";

/** What the chat can do next for a family. Actions after `wait_until` must wait for its time. */
export type NextAction =
  | { readonly action: "ask_for_number" | "offer_resend" }
  | { readonly action: "wait_until"; readonly until: string }
  | { readonly action: "call_club"; readonly reason: CallReason };

/** Why the parent should speak to the club. */
type CallReason = "possible_duplicate" | "no_link" | "suspended" | "too_many_resends" | "unreached";

/** The columns that show a family's state, named as in the row. */
export interface Standing {
  readonly payment_status: PaymentStatus;
  readonly cancelled: number;
  readonly behind_pence: number;
  readonly mandate_status: string;
  readonly snoozed_until: string | null;
  readonly held_for: string | null;
  readonly suspended_at: string | null;
  readonly payment_token_error: string | null;
  readonly phone_needs_correction: number;
  readonly phone_refuses_texts: number;
  readonly unreached_since: string | null;
}

interface Resends {
  readonly count: number;
  readonly lastAt: string;
}

/** Empty once nothing is owed. Independent of the clock: a past instant in `wait_until` has no effect. */
export const nextActions = (standing: Standing, resends: Resends = none): readonly NextAction[] => {
  const { snoozed_until: snoozed } = standing;
  if (standing.cancelled || !owes(standing) || snoozed === "season") return [];
  const actions = [...calls(standing), ...texting(standing, resends)];
  return snoozed && actions.length > 0 ? [{ action: "wait_until", until: snoozed }, ...actions] : actions;
};

const none: Resends = { count: 0, lastAt: "" };

export const owesFee = ({ payment_status }: Pick<Standing, "payment_status">): boolean => isUnpaid(payment_status);

export const owes = (standing: Standing): boolean =>
  owesFee(standing) || standing.behind_pence > 0 || standing.mandate_status === "gone";

const calls = ({ held_for, payment_token_error, suspended_at }: Standing): NextAction[] => [
  ...(held_for ? [call("possible_duplicate")] : []),
  ...(payment_token_error ? [call("no_link")] : []),
  ...(suspended_at ? [call("suspended")] : []),
];

const texting = (standing: Standing, { count, lastAt }: Resends): NextAction[] => {
  if (standing.held_for || standing.payment_token_error) return [];
  const another: NextAction[] = standing.phone_needs_correction ? [{ action: "ask_for_number" }] : [];
  if (!standing.unreached_since || standing.phone_refuses_texts) return another;
  // For missed months, the link is texted by the club's rules, not when a parent asks.
  if (!owesFee(standing)) return another.length > 0 ? another : [call("unreached")];
  if (count >= RESENDS_MAX) return [...another, call("too_many_resends")];
  const until = lastAt && new Date(Date.parse(lastAt) + RESEND_INTERVAL_MS).toISOString();
  return [...another, ...(until ? [{ action: "wait_until", until } as const] : []), { action: "offer_resend" }];
};

const call = (reason: CallReason): NextAction => ({ action: "call_club", reason });
