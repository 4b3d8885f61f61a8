import { addLondonDays } from "@touchline/london";
import { quietUntil } from "./quiet-hours.ts";

/** Missed by more than this, a reminder is left out: after a long outage no parent gets them all at once. */
const TOO_LATE_MS = 48 * 3_600_000;

export interface ReminderTime {
  /** 1 for the first reminder. */
  readonly count: number;
  readonly at: Date;
}

/** When the reminders of a registration are due: so many days later, at the same hour, but never in quiet hours. */
export const reminderTimes = (registeredAt: Date, days: readonly number[]): ReminderTime[] =>
  days.map((day, i) => {
    const at = addLondonDays(registeredAt, day);
    return { count: i + 1, at: quietUntil(at) ?? at };
  });

export interface ReminderPlan {
  /** The reminder to send now; of several that were missed, only the last. */
  readonly due?: ReminderTime;
  /** The next one; undefined when there is none any more. */
  readonly next?: ReminderTime;
}

export const planReminders = (registeredAt: Date, days: readonly number[], now: Date): ReminderPlan => {
  const times = reminderTimes(registeredAt, days);
  const due = times.findLast(({ at }) => at <= now);
  const next = times.find(({ at }) => at > now);
  const inTime = due && now.getTime() - due.at.getTime() <= TOO_LATE_MS;
  return { ...(inTime && { due }), ...(next && { next }) };
};
