import { addLondonDays, quietUntil } from "@touchline/london";

/** Missed by more than this, a reminder is left out: after a long outage no parent gets them all at once. */
const TOO_LATE_MS = 48 * 3_600_000;

export interface ReminderTime {
  /** 1 for the first reminder. */
  readonly count: number;
  readonly at: Date;
}

/** When reminders are due: so many days after the fee was asked for, at the same hour, but never in quiet hours. */
export const reminderTimes = (askedAt: Date, days: readonly number[]): ReminderTime[] =>
  days.map((day, i) => {
    const at = addLondonDays(askedAt, day);
    return { count: i + 1, at: quietUntil(at) ?? at };
  });

export interface ReminderPlan {
  /** The reminder to send now; of several that were missed, only the last. */
  readonly due?: ReminderTime;
  /** The next one; undefined when there is none any more. */
  readonly next?: ReminderTime;
}

/**
 * `snoozedUntil`: when the last pause of this family's reminders ended. What was missed meanwhile is not too late then: the last
 * of it is sent.
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
