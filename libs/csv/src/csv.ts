export type Value = string | number | bigint | boolean | null | undefined;

/** A column: its heading, and its value in a row. A missing value is an empty cell. */
export interface Column<Row> {
  readonly name: string;
  readonly value: (row: Row) => Value;
}

/**
 * RFC 4180 with a byte order mark: without one, Excel does not recognise UTF-8. Text that a spreadsheet would run as a formula
 * gets an apostrophe in front, as OWASP advises, because strangers write the names.
 */
export const toCsv = <Row>(columns: readonly Column<Row>[], rows: Iterable<Row>): string => {
  const lines = [csvLine(columns.map((column) => column.name))];
  for (const row of rows) lines.push(csvLine(columns.map((column) => column.value(row))));
  return `${BYTE_ORDER_MARK}${lines.join("")}`;
};

export const BYTE_ORDER_MARK = "\uFEFF";

/** One line, with its line ending. */
export const csvLine = (values: readonly Value[]): string => `${values.map(cell).join(",")}\r\n`;

// Full-width forms too: spreadsheets in some locales treat them as the ASCII ones.
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\t\r\n|%＝＋－＠]/u;

const cell = (value: Value): string => {
  if (value === null || value === undefined) return "";
  // Numbers are our own, and a negative one is not a formula.
  if (typeof value !== "string") return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n']|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
