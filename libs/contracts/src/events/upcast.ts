/** Turns one old stored shape of an event into the next. A stored event is never edited. */
export interface Upcaster {
  readonly type: string;
  /** Whether the data has the old shape that this upcaster reads. */
  readonly reads: (data: Readonly<Record<string, unknown>>) => boolean;
  /** The data in the next shape, with a new type if the event was renamed. */
  readonly next: (data: Readonly<Record<string, unknown>>) => { readonly type?: string; readonly data: object };
}

/** One for each old shape, oldest first. What each one reads is in test/fixtures/events. */
const upcasters: readonly Upcaster[] = [];

/** A stored event in the shape that the catalogue describes. Without an upcaster for it, the event comes back as it is. */
export const upcast = (
  stored: { readonly type: string; readonly data: object },
  known: readonly Upcaster[] = upcasters,
): { readonly type: string; readonly data: object } => {
  let { type, data } = stored;
  for (const upcaster of known) {
    if (upcaster.type !== type || !upcaster.reads(data as Record<string, unknown>)) continue;
    const next = upcaster.next(data as Record<string, unknown>);
    type = next.type ?? type;
    data = next.data;
  }
  return { type, data };
};
