/** A condition on a row with a team, for a statement that is prepared once. */
export const OF_TEAMS = "($teams IS NULL OR team IN (SELECT value FROM json_each($teams)))";

/** The value of its `$teams`; without teams, every row fits. */
export const teamsValue = (teams: readonly string[] | undefined): string | null =>
  teams ? JSON.stringify(teams) : null;
