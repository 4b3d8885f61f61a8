import { type Refusal, validationFailed } from "./errors.ts";
import { fault } from "./shape.ts";

export type Query = Readonly<Record<string, string | undefined>>;

export type Page<T> = {
  readonly rows: readonly T[];
  readonly meta: {
    readonly cursors: { readonly before: string | null; readonly after: string | null };
    readonly limit: number;
  };
};

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

type Row = { readonly id: string; readonly created_at: string };

const comparisons: Readonly<Record<string, (created: number, bound: number) => boolean>> = {
  gt: (created, bound) => created > bound,
  gte: (created, bound) => created >= bound,
  lt: (created, bound) => created < bound,
  lte: (created, bound) => created <= bound,
};

const createdWithin = (row: Row, query: Query): boolean =>
  Object.entries(comparisons).every(([name, holds]) => {
    const bound = query[`created_at[${name}]`];
    return bound === undefined || holds(Date.parse(row.created_at), Date.parse(bound));
  });

const paging = ["limit", "after", "before", ...Object.keys(comparisons).map((name) => `created_at[${name}]`)];

/** Violations of the query: an unknown parameter, a limit out of range, an invalid date. */
const queryErrors = (query: Query, filters: readonly string[]) => [
  ...Object.keys(query)
    .filter((name) => !paging.includes(name) && !filters.includes(name))
    .map((name) => fault(`/${name}`, "is not a recognised parameter")),
  ...(query.limit !== undefined &&
  !(/^\d+$/.test(query.limit) && Number(query.limit) >= 1 && Number(query.limit) <= MAX_LIMIT)
    ? [fault("/limit", `must be between 1 and ${MAX_LIMIT}`)]
    : []),
  ...Object.entries(query)
    .filter(([name, value]) => name.startsWith("created_at[") && Number.isNaN(Date.parse(value ?? "")))
    .map(([name]) => fault(`/${name}`, "must be a valid date time")),
];

export type Filters<T> = Readonly<Record<string, (row: T, value: string) => boolean>>;

/**
 * One page of rows, given newest first. `after` continues towards older rows, `before` towards newer ones; the cursors
 * in `meta` are null where there is nothing more.
 */
export const page = <T extends Row>(
  newestFirst: readonly T[],
  query: Query,
  filters: Filters<T>,
): Page<T> | Refusal => {
  const errors = queryErrors(query, Object.keys(filters));
  if (errors.length > 0) return validationFailed(errors);
  const limit = Number(query.limit ?? DEFAULT_LIMIT);
  const matching = newestFirst.filter(
    (row) =>
      createdWithin(row, query) &&
      Object.entries(filters).every(([name, matches]) => query[name] === undefined || matches(row, query[name])),
  );
  const indexOf = (id: string) => matching.findIndex((row) => row.id === id);
  const cursor = query.after ?? query.before;
  if (cursor !== undefined && indexOf(cursor) === -1)
    return validationFailed([fault("/after", "is not a valid cursor")]);
  const [start, end] =
    query.after !== undefined
      ? [indexOf(query.after) + 1, indexOf(query.after) + 1 + limit]
      : query.before !== undefined
        ? [Math.max(indexOf(query.before) - limit, 0), indexOf(query.before)]
        : [0, limit];
  const rows = matching.slice(start, end);
  return {
    rows,
    meta: {
      cursors: {
        before: start > 0 ? (rows[0]?.id ?? null) : null,
        after: end < matching.length ? (rows.at(-1)?.id ?? null) : null,
      },
      limit,
    },
  };
};
