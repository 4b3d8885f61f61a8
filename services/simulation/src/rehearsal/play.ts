import { londonDay, nextLondonDay, quietUntil } from "@touchline/london";
import { respectsQuietHours } from "@touchline/notification/decisions";
import { type Agenda, createAgenda } from "./agenda.ts";
import type { Around, SentText } from "./around.ts";
import { startFamily } from "./family.ts";
import type { Life, SeasonDays } from "./life.ts";
import type { Rules } from "./settings.ts";

export interface Played {
  readonly texts: readonly SentText[];
  /** When each suspension began. A family may be suspended again after its payment went back. */
  readonly suspensions: readonly Date[];
  readonly suspendedFamilies: number;
  readonly paidFamilies: number;
  readonly families: number;
}

/** Plays a season of these families with these settings. */
export const play = (lives: readonly Life[], rules: Rules, { endMs }: SeasonDays): Played => {
  const agenda = createAgenda();
  const texts: SentText[] = [];
  const suspensions: Date[] = [];
  const around = {
    agenda,
    rules,
    whenAllowed: gateOf(agenda, rules.notification.dailyLimit),
    sent: (text: SentText) => void texts.push(text),
    suspended: (at: Date) => void suspensions.push(at),
  };
  const families = lives.map((life) => startFamily(life, around));
  agenda.runUntil(endMs);
  return {
    texts,
    suspensions,
    suspendedFamilies: families.filter((family) => family.wasSuspended()).length,
    paidFamilies: families.filter((family) => family.hasPaid()).length,
    families: families.length,
  };
};

/** Like the dispatch room: texts that can wait do so at night, and all wait once the daily limit is reached. */
const gateOf = (agenda: Agenda, dailyLimit: number): Around["whenAllowed"] => {
  const gone = new Map<string, number>();
  const attempt: Around["whenAllowed"] = (purpose, now, go) => {
    const morning = respectsQuietHours(purpose) ? quietUntil(now) : undefined;
    const day = londonDay(now);
    const today = gone.get(day) ?? 0;
    const later = morning ?? (dailyLimit > 0 && today >= dailyLimit ? nextLondonDay(now) : undefined);
    if (later) return agenda.at(later.getTime(), (then) => attempt(purpose, then, go));
    if (go(now)) gone.set(day, today + 1);
  };
  return attempt;
};
