/** Reads an old stored shape of an event as the newest one. A stored event is never edited. */
export interface Upcaster {
  readonly type: string;
  /** Whether this is the old shape that it knows. */
  readonly reads: (data: Readonly<Record<string, unknown>>) => boolean;
  /** The data in the next shape; it may say another type, when the event was renamed. */
  readonly next: (data: Readonly<Record<string, unknown>>) => { readonly type?: string; readonly data: object };
}

/** One per old shape, oldest first. test/fixtures/events holds what each of them reads. */
const upcasters: readonly Upcaster[] = [];

/** What was stored, in the shape that the catalogue describes. Events that nobody upcasts come back as they are. */
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
