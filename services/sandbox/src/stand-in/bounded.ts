const KEPT = 10_000;

/** Adds to a log that forgets its oldest entries, so that a long run does not grow without end. */
export const keep = <T>(log: T[], entry: T): void => {
  log.push(entry);
  if (log.length > KEPT) log.splice(0, log.length - KEPT);
};
