import { londonDay, londonHour, londonInstant } from "@touchline/london";

const MORNING_HOUR = 8;
const NIGHT_HOUR = 21;

/** When the quiet hours (21:00 to 08:00 in London) that `at` is in end; undefined when it is in none. */
export const quietUntil = (at: Date): Date | undefined => {
  const hour = londonHour(at);
  if (hour >= MORNING_HOUR && hour < NIGHT_HOUR) return undefined;
  return londonInstant(londonDay(at), hour < MORNING_HOUR ? MORNING_HOUR : 24 + MORNING_HOUR);
};
