import type { Message } from "./message.ts";
import type { Form } from "./validate.ts";

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 50;

export type Page = {
  readonly messages: readonly Message[];
  readonly page: number;
  readonly pageSize: number;
  readonly start: number;
  readonly nextToken: string | undefined;
};

/** A day, or a moment: a day means from its start to its end. */
const range = (value: string): { from: number; to: number } | undefined => {
  const from = Date.parse(value);
  if (Number.isNaN(from)) return undefined;
  return { from, to: /^\d{4}-\d{2}-\d{2}$/.test(value) ? from + 86_400_000 - 1 : from + 999 };
};

/** True when the message was sent within the filter. A text that was not sent yet has no date and never matches. */
const sentWithin = (message: Message, query: Form): boolean => {
  const filters = (["DateSent", "DateSent<", "DateSent>"] as const).filter((name) => query[name] !== undefined);
  if (filters.length === 0) return true;
  if (message.sentAt === null) return false;
  const sent = Date.parse(message.sentAt);
  return filters.every((name) => {
    const asked = range(query[name] ?? "");
    if (asked === undefined) return true;
    if (name === "DateSent<") return sent <= asked.to;
    if (name === "DateSent>") return sent >= asked.from;
    return sent >= asked.from && sent <= asked.to;
  });
};

const count = (value: string | undefined, fallback: number): number => {
  const number = Number(value);
  return value === undefined || !Number.isInteger(number) || number < 0 ? fallback : number;
};

/**
 * One page of the messages (given newest first) that match the query. A page token names the last message of the page before;
 * `placeOf` also knows the places of deleted ones.
 */
export const listPage = (
  newestFirst: readonly Message[],
  query: Form,
  placeOf: (id: string) => number | undefined,
): Page => {
  const matching = newestFirst.filter(
    (message) =>
      (query.To === undefined || message.to === query.To) &&
      (query.From === undefined || message.from === query.From) &&
      sentWithin(message, query),
  );
  const pageSize = Math.min(Math.max(count(query.PageSize, DEFAULT_PAGE), 1), MAX_PAGE);
  const page = count(query.Page, 0);
  const start = page * pageSize;
  const rest =
    query.PageToken === undefined ? matching.slice(start) : matching.filter(isBelow(query.PageToken, placeOf));
  const messages = rest.slice(0, pageSize);
  const last = messages.at(-1);
  const nextToken = last !== undefined && pageSize < rest.length ? `PA${last.id}` : undefined;
  return { messages, page, pageSize, start, nextToken };
};

/** Nothing is below a token that names no message. */
const isBelow = (token: string, placeOf: (id: string) => number | undefined) => {
  const place = placeOf(token.replace(/^PA/, "")) ?? -1;
  return ({ id }: Message): boolean => (placeOf(id) ?? 0) < place;
};

export const pageUri = (path: string, query: Form, page: number, pageSize: number, token?: string): string => {
  const params = new URLSearchParams();
  for (const name of ["To", "From", "DateSent", "DateSent<", "DateSent>"]) {
    const value = query[name];
    if (value !== undefined) params.set(name, value);
  }
  params.set("PageSize", String(pageSize));
  params.set("Page", String(page));
  if (token !== undefined) params.set("PageToken", token);
  return `${path}?${params.toString()}`;
};
