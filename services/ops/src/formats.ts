import { toCsv, type Value } from "@touchline/csv";
import { londonTime } from "@touchline/london";
import Table from "cli-table3";
import { Argument, Option } from "commander";
import type { Context } from "./context.ts";

export interface FormatFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
}

export const registrationArgument = () => new Argument("<registration>", "the registration's id (see list)");
export const jsonOption = () => new Option("--json", "print JSON, for programs").conflicts("csv");
export const csvOption = () => new Option("--csv", "print CSV, for spreadsheets");
export const revealOption = () => new Option("--reveal", "show phone numbers in full");

/** A column of a table or a CSV; `heading` is for people, `name` for programs. */
export interface Field<Row> {
  readonly name: string;
  /** A `Date` is ISO 8601 for programs, and London's time for people. */
  readonly value: (row: Row) => Value | Date;
  /** What people see in its place. */
  readonly shown?: (row: Row) => Value;
  readonly heading?: string;
  /** Left out of the table: it would not fit. */
  readonly wide?: boolean;
  readonly align?: "right";
}

/** The same rows as a table, as CSV, or as JSON. */
export const print = <Row>(
  { out }: Pick<Context, "out">,
  { json, csv }: FormatFlags,
  fields: readonly Field<Row>[],
  rows: readonly Row[],
): void => {
  if (json)
    out(
      `${JSON.stringify(
        rows.map((row) => toObject(fields, row)),
        null,
        2,
      )}\n`,
    );
  else if (csv)
    out(
      toCsv(
        fields.map(({ name, value }) => ({ name, value: (row: Row) => forPrograms(value(row)) })),
        rows,
      ),
    );
  else out(`${toTable(fields, rows)}\n`);
};

const forPrograms = (value: Value | Date): Value => (value instanceof Date ? value.toISOString() : value);
const forPeople = (value: Value | Date): string => (value instanceof Date ? londonTime(value) : String(value ?? ""));

const toObject = <Row>(fields: readonly Field<Row>[], row: Row) =>
  Object.fromEntries(
    fields.map(({ name, value }) => {
      const found = forPrograms(value(row));
      return [name, typeof found === "bigint" ? String(found) : (found ?? null)];
    }),
  );

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  right: "",
  "right-mid": "",
  mid: "",
  "mid-mid": "",
  middle: "  ",
};

const toTable = <Row>(fields: readonly Field<Row>[], rows: readonly Row[]): string => {
  const columns = fields.filter(({ wide }) => !wide);
  const table = new Table({
    head: columns.map(({ heading, name }) => heading ?? name),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: bare,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  for (const row of rows) table.push(columns.map(({ value, shown = value }) => printable(forPeople(shown(row)))));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};

/** Names come from strangers: what would move the cursor or colour the terminal is shown as a question mark. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, "?");
