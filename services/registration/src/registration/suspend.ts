import { REMINDER_LATE_DAYS, type RegistrationEvent } from "@touchline/contracts";
import { addLondonDays, londonDay, quietUntil } from "@touchline/london";
import { type FeeStanding, moneyComes } from "./fee.ts";
import type { RegistrationState } from "./state.ts";

/** What is known of an unpaid fee and the texts about it. Instants are ISO 8601. */
export interface Arrears {
  /** When the fee was asked for, at first or again after its money went back. */
  readonly askedAt: string;
  /** When a text with the link first reached the present number since then. */
  readonly deliveredAt?: string | undefined;
  /** A reminder has yet to be sent. */
  readonly reminderWaits: boolean;
  /** When the newest reminder was sent to that number. */
  readonly remindedAt?: string | undefined;
}

export interface SuspensionRules {
  /** From the day on which the link came. */
  readonly afterDays: number;
  /** From the day on which the fee was asked for; undefined if no reminders are sent. */
  readonly lastReminderDay: number | undefined;
}

interface SuspensionFacts {
  readonly arrears: Arrears;
  readonly fee: FeeStanding;
  readonly rules: SuspensionRules;
}

/** A family has a day to answer a reminder, or to pay once it is no longer snoozed. */
const DAYS_TO_ANSWER = 1;
/** Nobody waits for a reminder that is skipped. */
const DAYS_FOR_REMINDER = REMINDER_LATE_DAYS + 1;

/** Suspends a family whose fee has been unpaid for that long, in daytime, and once until it is reinstated. */
export const suspend =
  (registrationId: string, { arrears, fee, rules }: SuspensionFacts, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] => {
    if (state.status !== "active" || state.suspended || state.held) return [];
    const { signingFeePence, season } = state.completed;
    if (!fee.owed || signingFeePence === 0 || moneyComes(state, fee)) return [];
    if (quietUntil(now) || seasonIsOver(season, now)) return [];
    const dueAt = suspensionDueAt(arrears, state.snoozedUntil, rules);
    if (!dueAt || dueAt > now) return [];
    return [{ type: "RegistrationSuspended", data: { registrationId, suspendedAt: now.toISOString() } }];
  };

/** Undefined while it waits for something that has no date. */
export const suspensionDueAt = (
  { askedAt, deliveredAt, reminderWaits, remindedAt }: Arrears,
  snoozedUntil: string | undefined,
  { afterDays, lastReminderDay }: SuspensionRules,
): Date | undefined => {
  if (!deliveredAt || reminderWaits || snoozedUntil === "season") return undefined;
  const dates = [addLondonDays(new Date(deliveredAt), afterDays)];
  if (snoozedUntil) dates.push(addLondonDays(new Date(snoozedUntil), DAYS_TO_ANSWER));
  if (remindedAt) dates.push(addLondonDays(new Date(remindedAt), DAYS_TO_ANSWER));
  if (lastReminderDay !== undefined) {
    const wantedAt = addLondonDays(new Date(askedAt), lastReminderDay);
    const went = remindedAt !== undefined && londonDay(remindedAt) >= londonDay(wantedAt);
    // It comes when the family is no longer snoozed.
    const from = snoozedUntil && new Date(snoozedUntil) > wantedAt ? new Date(snoozedUntil) : wantedAt;
    if (!went) dates.push(addLondonDays(from, DAYS_FOR_REMINDER));
  }
  return new Date(Math.max(...dates.map((date) => date.getTime())));
};

/** Nobody is suspended from a season such as `2526` after its last August. */
export const seasonIsOver = (season: string, now: Date): boolean => londonDay(now) > `20${season.slice(2)}-08-31`;

/** Ends a suspension. */
export const reinstate =
  (registrationId: string, now: Date) =>
  (state: RegistrationState): RegistrationEvent[] =>
    state.status === "active" && state.suspended ? [reinstated(registrationId, "paid", now)] : [];

type Reason = Extract<RegistrationEvent, { type: "RegistrationReinstated" }>["data"]["reason"];

export const reinstated = (registrationId: string, reason: Reason, now: Date): RegistrationEvent => ({
  type: "RegistrationReinstated",
  data: { registrationId, reason, reinstatedAt: now.toISOString() },
});
