import { type Html, html } from "@touchline/service/html";
import type { TeamReminder } from "../changes/follow-up.ts";
import type { UnpaidTeam } from "./counts.ts";
import { seasonName } from "./words.ts";

export interface RemindQuery {
  readonly team?: string;
  readonly season?: string;
  readonly of?: string;
}

const SEPARATOR = "/";

/** `of` is the value that the list's form sends: the team's name may contain anything, the season is four digits. */
export const wantedIn = ({ team, season, of }: RemindQuery): TeamReminder | undefined => {
  if (typeof of === "string") return wantedIn({ season: of.slice(0, 4), team: of.slice(4 + SEPARATOR.length) });
  return team && season && /^\d{4}$/.test(season) ? { team, season } : undefined;
};

/** Chooses a team with unpaid families. */
export const remindForm = (teams: readonly UnpaidTeam[]): Html | undefined =>
  teams.length === 0
    ? undefined
    : html`<form class="search" method="get" action="/admin/remind">
<label for="remind-of">Remind a team</label>
<div class="together"><select id="remind-of" name="of">${teams.map(
        ({ team, season, families: count }) =>
          html`<option value="${season}${SEPARATOR}${team}">${team} ${seasonName(season)} (${count})</option>`,
      )}</select><button>See who</button></div>
</form>`;
