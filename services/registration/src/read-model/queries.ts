import type { DatabaseSync } from "node:sqlite";
import type { Facts } from "./facts.ts";
import { columnNames, type Row } from "./row.ts";
import { type Condition, searchConditions } from "./search.ts";
import { conditionsAt, type Trait } from "./traits.ts";

export interface ListFilter {
  /** What somebody types to find a family. */
  readonly search?: string | undefined;
  readonly paymentStatus?: string | undefined;
  readonly textStatus?: string | undefined;
  readonly team?: string | undefined;
  readonly ageGroup?: string | undefined;
  readonly season?: string | undefined;
  /** Created at this instant or later, ISO 8601. */
  readonly since?: string | undefined;
  /** Only those with all of these. */
  readonly only?: readonly Trait[] | undefined;
  /** Only those of these teams, which the reader may see. */
  readonly teams?: readonly string[] | undefined;
}

/** `name` is the child's; `oldest_unpaid` leaves out those who owe nothing. */
export const sorts = ["newest", "name", "team", "oldest_unpaid"] as const;
export type Sort = (typeof sorts)[number];

export interface ListPage {
  /** 1-500 */
  readonly limit: number;
  readonly sort?: Sort | undefined;
  /** `next` of the page before, in the same order. */
  readonly after?: string | undefined;
}

export interface Listed {
  readonly rows: readonly Row[];
  /** Token of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** Queries on the `registrations` file, shared by gRPC, the board and the operators' commands. */
export interface Queries {
  readonly get: (registrationId: string) => Row | undefined;
  /** The values that the row was made from. */
  readonly factsOf: (registrationId: string) => Facts | undefined;
  /** Newest first, unless it says otherwise. Throws RangeError when `after` is not a token of ours. */
  readonly list: (filter: ListFilter, page: ListPage) => Listed;
  /**
   * The whole list, newest first unless it says otherwise. The order is that of the first page; each page is read when it is
   * asked for, without those that have left the list by then.
   */
  readonly pages: (filter: ListFilter, sort?: Sort) => Iterable<readonly Row[]>;
  /** Ids whose parent has this number now, newest first; E.164. */
  readonly idsOfPhone: (phone: string) => readonly string[];
  /** The registration that a billing request belongs to. */
  readonly idOfBillingRequest: (billingRequestId: string) => string | undefined;
}

/** The columns that `toRow` reads. */
export const shown = columnNames
  .map((name) => (name === "position" ? "CAST(position AS TEXT) AS position" : name))
  .join(", ");

export const createQueries = (db: DatabaseSync, now: () => Date): Queries => {
  const one = db.prepare(`SELECT ${shown} FROM registrations WHERE registration_id = ?`);
  const facts = db.prepare("SELECT facts FROM registrations WHERE registration_id = ?");
  const ofPhone = db.prepare(
    "SELECT registration_id FROM registrations WHERE parent_phone = ? ORDER BY created_at DESC",
  );
  const ofToken = db.prepare("SELECT registration_id FROM links WHERE stream = 'payment-' || ?");
  return {
    get: (registrationId) => toRow(one.get(registrationId)),
    factsOf: (registrationId) => {
      const found = facts.get(registrationId);
      return found && (JSON.parse(String(found.facts)) as Facts);
    },
    list: (filter, page) => list(db, filter, page, now()),
    pages: (filter, sort) => pagesOf(db, filter, sort, now()),
    idsOfPhone: (phone) => ofPhone.all(phone).map((row) => String(row.registration_id)),
    idOfBillingRequest: (id) => ofToken.get(id)?.registration_id?.toString(),
  };
};

const list = (db: DatabaseSync, filter: ListFilter, page: ListPage, now: Date): Listed => {
  const { limit, after, sort = "newest" } = page;
  const wanted = conditionsOf(filter, sort, now);
  if (after !== undefined) wanted.push(conditionAfter(db, sort, after));
  const found = db
    .prepare(`SELECT ${shown} FROM registrations ${whereOf(wanted)} ${orderOf(sort)} LIMIT ${limit + 1}`)
    .all(...valuesOf(wanted));
  const rows = found.slice(0, limit).map((row) => toRow(row) as Row);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last ? writeToken(last) : undefined };
};

const PAGE = 500;

/** Sorts once: some orders have no index, and a page after a row could not be found once that row is erased. */
const pagesOf = function* (
  db: DatabaseSync,
  filter: ListFilter,
  sort: Sort = "newest",
  now: Date,
): Generator<readonly Row[]> {
  const wanted = conditionsOf(filter, sort, now);
  const sorted = db.prepare(`SELECT registration_id FROM registrations ${whereOf(wanted)} ${orderOf(sort)}`);
  const ids = sorted.all(...valuesOf(wanted)).map((row) => row.registration_id);
  // CROSS JOIN makes SQLite look each id up. What has changed meanwhile may no longer be for this reader.
  const ofIds = db.prepare(
    `SELECT ${shown} FROM json_each(?) AS ids CROSS JOIN registrations ON registration_id = ids.value
     ${whereOf(wanted)} ORDER BY ids.key`,
  );
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = JSON.stringify(ids.slice(start, start + PAGE));
    yield ofIds.all(page, ...valuesOf(wanted)).map((row) => toRow(row) as Row);
  }
};

const whereOf = (wanted: readonly Condition[]): string =>
  wanted.length > 0 ? `WHERE ${wanted.map(([sql]) => sql).join(" AND ")}` : "";

const valuesOf = (wanted: readonly Condition[]) => wanted.flatMap(([, ...values]) => values);

const orderOf = (sort: Sort): string => {
  const { by, direction } = orders[sort];
  return `ORDER BY ${[...by, "registration_id"].map((key) => `${key} ${direction}`).join(", ")}`;
};

const conditionsOf = (filter: ListFilter, sort: Sort, now: Date): Condition[] => {
  const { search, since, teams } = filter;
  const only = [...(filter.only ?? []), ...(sort === "oldest_unpaid" ? ["unpaid" as const] : [])];
  const equals: readonly (readonly [column: string, value: string | undefined])[] = [
    ["payment_status", filter.paymentStatus],
    ["sms_delivery_status", filter.textStatus],
    ["team", filter.team],
    ["age_group", filter.ageGroup],
    ["season", filter.season],
  ];
  const conditions = conditionsAt(now);
  return [
    ...equals.flatMap(([column, value]): Condition[] => (value ? [[`${column} = ?`, value]] : [])),
    ...(since ? [["created_at >= ?", since] as const] : []),
    ...only.map((trait): Condition => [conditions[trait]]),
    ...(teams ? [[`team IN (${teams.map(() => "?").join(", ")})`, ...teams] as const] : []),
    ...(search ? searchConditions(search, now) : []),
  ];
};

/** What rows are sorted by, before their id. */
const orders: Readonly<Record<Sort, { readonly by: readonly string[]; readonly direction: "ASC" | "DESC" }>> = {
  newest: { by: ["created_at"], direction: "DESC" },
  name: { by: ["search_text"], direction: "ASC" },
  // u7 comes before u10.
  team: { by: ["team", "length(age_group)", "age_group", "search_text"], direction: "ASC" },
  oldest_unpaid: { by: ["created_at"], direction: "ASC" },
};

/** A token has no name in it: in a list sorted by name, the row that it refers to is looked up. */
const conditionAfter = (db: DatabaseSync, sort: Sort, token: string): Condition => {
  const [createdAt, id] = readToken(token);
  const { by, direction } = orders[sort];
  const keys = [...by, "registration_id"].join(", ");
  const compared = `(${keys}) ${direction === "ASC" ? ">" : "<"}`;
  if (by[0] === "created_at") return [`${compared} (?, ?)`, createdAt, id];
  if (!db.prepare("SELECT 1 FROM registrations WHERE registration_id = ?").get(id)) throw new RangeError(noToken);
  return [`${compared} (SELECT ${keys} FROM registrations WHERE registration_id = ?)`, id];
};

export const toRow = (found: Record<string, unknown> | undefined): Row | undefined =>
  found && { ...(found as Omit<Row, "position">), position: BigInt(String(found.position)) };

const noToken = "This is not a page token.";

const writeToken = ({ created_at, registration_id }: Row): string =>
  Buffer.from(`${created_at} ${registration_id}`).toString("base64url");

const readToken = (token: string): [createdAt: string, registrationId: string] => {
  const [createdAt, registrationId, ...rest] = Buffer.from(token, "base64url").toString().split(" ");
  if (!createdAt || !registrationId || rest.length > 0) throw new RangeError(noToken);
  return [createdAt, registrationId];
};
