/** The largest page that GoCardless gives. */
export const PAGE = 500;

interface ListMeta {
  readonly cursors?: { readonly after?: string | null };
}

/** The query for one page. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: string;
}

/** Walks a list to its end, or until `signal` aborts. */
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
