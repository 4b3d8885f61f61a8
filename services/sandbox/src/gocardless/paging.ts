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

export type Filters<T> = Readonly<Record<string, (row: T, value: string) => boolean>>;
/** The values that rows can be sorted by. */
export type Sorts<T> = Readonly<Record<string, (row: T) => string | number>>;

const comparisons: Readonly<Record<string, (time: number, bound: number) => boolean>> = {
  gt: (time, bound) => time > bound,
  gte: (time, bound) => time >= bound,
  lt: (time, bound) => time < bound,
  lte: (time, bound) => time <= bound,
};

/** The filters `name[gt]` to `name[lte]` of a time or a day. */
export const within = <T>(name: string, timeOf: (row: T) => string): Filters<T> =>
  Object.fromEntries(
    Object.entries(comparisons).map(([sign, holds]) => [
      `${name}[${sign}]`,
      (row: T, bound: string) => holds(Date.parse(timeOf(row)), Date.parse(bound)),
    ]),
  );

const directions = ["asc", "desc"];

/** Violations of the query: an unknown parameter, a limit out of range, an invalid date. */
const queryErrors = (query: Query, filters: readonly string[], sorts: readonly string[]) => {
  const sorting = sorts.length === 0 ? [] : ["sort_field", "sort_direction"];
  const known = ["limit", "after", "before", ...filters, ...sorting];
  const oneOf = (name: string, allowed: readonly string[]) =>
    query[name] === undefined || allowed.includes(query[name])
      ? []
      : [fault(`/${name}`, `must be one of ${allowed.join(", ")}`)];
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length > 0) return unknown.map((name) => fault(`/${name}`, "is not a recognised parameter"));
  return [
    ...(query.limit !== undefined &&
    !(/^\d+$/.test(query.limit) && Number(query.limit) >= 1 && Number(query.limit) <= MAX_LIMIT)
      ? [fault("/limit", `must be between 1 and ${MAX_LIMIT}`)]
      : []),
    ...Object.entries(query)
      .filter(([name, value]) => /_(?:at|date)\[/.test(name) && Number.isNaN(Date.parse(value ?? "")))
      .map(([name]) => fault(`/${name}`, "must be a valid date time")),
    ...oneOf("sort_field", sorts),
    ...oneOf("sort_direction", directions),
  ];
};

/** Newest or greatest first, unless the query says otherwise. */
const sorted = <T>(newestFirst: readonly T[], query: Query, sorts: Sorts<T>): readonly T[] => {
  const value = sorts[query.sort_field ?? ""];
  const ascending = query.sort_direction === "asc";
  if (value === undefined) return ascending ? newestFirst.toReversed() : newestFirst;
  const order = (one: T, other: T): number => {
    const [a, b] = [value(one), value(other)];
    return a === b ? 0 : a > b ? 1 : -1;
  };
  return newestFirst.toSorted((one, other) => (ascending ? order(one, other) : order(other, one)));
};

/**
 * One page of rows, given newest first. `after` continues towards older rows, `before` towards newer ones; the cursors
 * in `meta` are null where there is nothing more.
 */
export const page = <T extends Row>(
  newestFirst: readonly T[],
  query: Query,
  filters: Filters<T>,
  sorts: Sorts<T> = {},
): Page<T> | Refusal => {
  const all: Filters<T> = { ...filters, ...within("created_at", ({ created_at }: T) => created_at) };
  const errors = queryErrors(query, Object.keys(all), Object.keys(sorts));
  if (errors.length > 0) return validationFailed(errors);
  const limit = Number(query.limit ?? DEFAULT_LIMIT);
  const matching = sorted(newestFirst, query, sorts).filter((row) =>
    Object.entries(all).every(([name, matches]) => query[name] === undefined || matches(row, query[name])),
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
