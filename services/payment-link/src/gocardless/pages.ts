/** The most that GoCardless gives at once. */
export const PAGE = 500;

interface ListMeta {
  readonly cursors?: { readonly after?: string | null };
}

/** What each page is asked with. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: string;
}

/** Walks a list to its end, or until `signal` says to stop. */
export async function* pagesOf<T>(
  read: (query: PageQuery) => Promise<{ readonly rows: readonly T[] | undefined; readonly meta?: ListMeta }>,
  signal: AbortSignal,
): AsyncIterable<readonly T[]> {
  let after: string | undefined;
  do {
    const cursor = after;
    const { rows, meta } = await read({ limit: PAGE, ...(cursor && { after: cursor }) });
    yield Array.isArray(rows) ? rows : [];
    after = meta?.cursors?.after ?? undefined;
    // A cursor that does not move would make the walk endless.
    if (after === cursor) return;
  } while (after && !signal.aborted);
}

export const createdSince = (since: Date) => ({ created_at: { gte: since.toISOString() } });
