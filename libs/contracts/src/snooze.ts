/** Whether a family is snoozed now. `until` is an instant, `season`, or nothing; see `RegistrationSnoozed`. */
export const isSnoozed = (until: string | null | undefined, now: Date): boolean =>
  until === "season" || (until ? Date.parse(until) > now.getTime() : false);
