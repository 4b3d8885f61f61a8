const DEFAULT = "3,5,7";
const LATEST = 60;

/** The most reminders in one round: each has a stream, which is looked for even if it does not exist. */
export const REMINDERS_MAX = 20;

/** A reminder later than this is skipped, so that nobody gets them all at once after a long outage. Then nobody waits for it either. */
export const REMINDER_LATE_DAYS = 2;

/**
 * Reads REMINDER_DAYS: days after the fee was asked for. Both the service that reminds and the one that suspends need it.
 * Undefined when it is malformed; no days when it is set but empty.
 */
export const reminderDaysIn = (text = DEFAULT): readonly number[] | undefined => {
  if (text.trim() === "") return [];
  const days = text.split(",").map((day) => (/^\s*\d{1,2}\s*$/.test(day) ? Number(day) : Number.NaN));
  const isInOrder = days.every((day, i) => day >= 1 && day <= LATEST && day > (days[i - 1] ?? 0));
  return isInOrder && days.length <= REMINDERS_MAX ? days : undefined;
};

export const REMINDER_DAYS_RULE = `REMINDER_DAYS must be at most ${REMINDERS_MAX} whole days from 1 to ${LATEST} in rising order, separated by commas; empty for none.`;
