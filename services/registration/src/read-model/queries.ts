import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Facts } from "./facts.ts";
import { columnNames, type Row } from "./row.ts";

export interface ListFilter {
  readonly paymentStatus?: string;
  readonly textStatus?: string;
  /** Created at this instant or later, ISO 8601. */
  readonly since?: string;
  /** Only those whose money is still to come: pending, failed, charged back. */
  readonly unpaid?: boolean;
  /** Only those whose parent does not have the link: undelivered, failed. */
  readonly undelivered?: boolean;
}

export interface ListPage {
  /** 1-500 */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

export interface Listed {
  readonly rows: readonly Row[];
  /** Token of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** Reads of the `registrations` file: what gRPC, the board and the operators' commands share. */
export interface Queries {
  readonly get: (registrationId: string) => Row | undefined;
  /** What the row was made from. */
  readonly factsOf: (registrationId: string) => Facts | undefined;
  /** Newest first. Throws RangeError when `after` is not a token of ours. */
  readonly list: (filter: ListFilter, page: ListPage) => Listed;
  /** Ids whose parent has this number now, newest first; E.164. */
  readonly idsOfPhone: (phone: string) => readonly string[];
  /** The registration that a billing request belongs to. */
  readonly idOfBillingRequest: (billingRequestId: string) => string | undefined;
}

const shown = columnNames.map((name) => (name === "position" ? "CAST(position AS TEXT) AS position" : name)).join(", ");

export const createQueries = (db: DatabaseSync): Queries => {
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
    list: (filter, page) => list(db, filter, page),
    idsOfPhone: (phone) => ofPhone.all(phone).map((row) => String(row.registration_id)),
    idOfBillingRequest: (id) => ofToken.get(id)?.registration_id?.toString(),
  };
};

const list = (db: DatabaseSync, filter: ListFilter, { limit, after }: ListPage): Listed => {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...more: string[]) => {
    where.push(condition);
    values.push(...more);
  };
  if (filter.paymentStatus) add("payment_status = ?", filter.paymentStatus);
  if (filter.textStatus) add("sms_delivery_status = ?", filter.textStatus);
  if (filter.since) add("created_at >= ?", filter.since);
  if (filter.unpaid) add("payment_status IN ('pending', 'failed', 'charged_back')");
  if (filter.undelivered) add("sms_delivery_status IN ('undelivered', 'failed')");
  if (after) add("(created_at, registration_id) < (?, ?)", ...readToken(after));
  const condition = where.length > 0 ? `WHERE ${where.join(" AND ")}` : "";
  const rows = db
    .prepare(
      `SELECT ${shown} FROM registrations ${condition} ORDER BY created_at DESC, registration_id DESC LIMIT ${limit + 1}`,
    )
    .all(...values)
    .map((row) => toRow(row) as Row);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? writeToken(last) : undefined };
};

const toRow = (found: Record<string, unknown> | undefined): Row | undefined =>
  found && { ...(found as Omit<Row, "position">), position: BigInt(String(found.position)) };

const writeToken = ({ created_at, registration_id }: Row): string =>
  Buffer.from(`${created_at} ${registration_id}`).toString("base64url");

const readToken = (token: string): [createdAt: string, registrationId: string] => {
  const [createdAt, registrationId, ...rest] = Buffer.from(token, "base64url").toString().split(" ");
  if (!createdAt || !registrationId || rest.length > 0) throw new RangeError("This is not a page token.");
  return [createdAt, registrationId];
};
