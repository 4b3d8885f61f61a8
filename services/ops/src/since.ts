import { isDay, londonMidnight } from "@touchline/london";
import { InvalidArgumentError } from "commander";

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `2026-11-01` (the club's midnight), `today`, `24h`, `7d`, or an ISO instant with its offset. */
export const readSince =
  (now: () => Date) =>
  (text: string): Date => {
    const ago = /^(\d{1,4})([mhdw])$/.exec(text);
    if (ago) return new Date(now().getTime() - Number(ago[1]) * units[ago[2] as keyof typeof units]);
    if (text === "today") return londonMidnight(now());
    if (isDay(text)) return londonMidnight(text);
    const instant = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text) : undefined;
    if (instant && !Number.isNaN(instant.getTime())) return instant;
    throw new InvalidArgumentError("Give 2026-11-01, today, 24h, 7d, or an instant such as 2026-11-01T09:00:00Z.");
  };

/** A calendar day, `2026-11-01`. */
export const readDay = (text: string): string => {
  if (isDay(text)) return text;
  throw new InvalidArgumentError("Give a day such as 2026-11-01.");
};
