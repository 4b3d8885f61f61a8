const DEFAULT = "3,5,7";
const LATEST = 60;

/**
 * Reads REMINDER_DAYS: days after the fee was asked for. Both the service that reminds and the one that suspends need it.
 * Undefined when it is malformed; no days when it is set but empty.
 */
export const reminderDaysIn = (text = DEFAULT): readonly number[] | undefined => {
  if (text.trim() === "") return [];
  const days = text.split(",").map((day) => (/^\s*\d{1,2}\s*$/.test(day) ? Number(day) : Number.NaN));
  return days.every((day, i) => day >= 1 && day <= LATEST && day > (days[i - 1] ?? 0)) ? days : undefined;
};

export const REMINDER_DAYS_RULE = `REMINDER_DAYS must be whole days from 1 to ${LATEST} in rising order, separated by commas; empty for none.`;
