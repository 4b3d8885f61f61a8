import { REMINDER_LATE_DAYS } from "@touchline/contracts";
import { addLondonDays, quietUntil } from "@touchline/london";

const TOO_LATE_MS = REMINDER_LATE_DAYS * 24 * 3_600_000;

export interface ReminderTime {
  /** 1 for the first reminder. */
  readonly count: number;
  readonly at: Date;
}

/** When reminders are due: on these days after the fee was asked for, at the same hour, but never in quiet hours. */
export const reminderTimes = (askedAt: Date, days: readonly number[]): ReminderTime[] =>
  days.map((day, i) => {
    const at = addLondonDays(askedAt, day);
    return { count: i + 1, at: quietUntil(at) ?? at };
  });

export interface ReminderPlan {
  /** The reminder to send now: the last one, if several were missed. */
  readonly due?: ReminderTime;
  /** The next one; undefined after the last. */
  readonly next?: ReminderTime;
}

/**
 * `snoozedUntil`: when this family's last snooze ended. Reminders missed while snoozed are not too late: the last of them is
 * sent.
 */
export const planReminders = (
  askedAt: Date,
  days: readonly number[],
  now: Date,
  snoozedUntil = askedAt,
): ReminderPlan => {
  const times = reminderTimes(askedAt, days);
  const due = times.findLast(({ at }) => at <= now);
  const next = times.find(({ at }) => at > now);
  const inTime = due && now.getTime() - Math.max(due.at.getTime(), snoozedUntil.getTime()) <= TOO_LATE_MS;
  return { ...(inTime && { due }), ...(next && { next }) };
};
