/**
 * An event that was moved to another store, or brought back after a restore, was stored there now. When it was stored first is in
 * its metadata, so that every age stays right; only what decodes stored events looks there.
 */
const KEY = "firstStoredAt";

type Metadata = Readonly<Record<string, unknown>>;

export const withFirstStored = (metadata: Metadata, created: Date): Metadata =>
  KEY in metadata ? metadata : { ...metadata, [KEY]: created.toISOString() };

/** When an event was stored first, by its metadata and what the store says. */
export const firstStored = (metadata: object, created: Date): Date => {
  const stated = (metadata as Metadata)[KEY];
  const at = new Date(typeof stated === "string" ? stated : Number.NaN);
  return Number.isNaN(at.getTime()) ? created : at;
};
