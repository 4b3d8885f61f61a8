/**
 * When an event is moved to another store, or recovered after a restore, that store gives it a new time. Its metadata keeps the
 * original time, so that ages stay right. Only the code that decodes stored events looks there.
 */
const KEY = "firstStoredAt";

type Metadata = Readonly<Record<string, unknown>>;

export const withFirstStored = (metadata: Metadata, created: Date): Metadata =>
  KEY in metadata ? metadata : { ...metadata, [KEY]: created.toISOString() };

/** When an event was first stored, from its metadata or else from the store. */
export const firstStored = (metadata: object, created: Date): Date => {
  const stated = (metadata as Metadata)[KEY];
  const at = new Date(typeof stated === "string" ? stated : Number.NaN);
  return Number.isNaN(at.getTime()) ? created : at;
};
