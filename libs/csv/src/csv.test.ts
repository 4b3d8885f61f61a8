import fc from "fast-check";
import { expect, test } from "vitest";
import { BYTE_ORDER_MARK, csvLine, toCsv } from "./csv.ts";

test("writes a heading, a line for each row, and an empty cell for a missing value", () => {
  const columns = [
    { name: "child", value: (row: { child: string; fee: number | null }) => row.child },
    { name: "fee", value: (row: { child: string; fee: number | null }) => row.fee },
  ];
  const rows = [
    { child: "Zoë O'Neill", fee: 100 },
    { child: 'Al "Ace", Jr', fee: null },
  ];
  expect(toCsv(columns, rows)).toBe(`${BYTE_ORDER_MARK}child,fee\r\n"Zoë O'Neill",100\r\n"Al ""Ace"", Jr",\r\n`);
});

test.each(["=1+1", "+447700900123", "-2", "@SUM(A1)", "\t=1", " =1", "\u200b=1", "＝1", "\n=1", "|cmd", "%0a=1"])(
  "makes %j safe, which a spreadsheet would run as a formula",
  (text) => {
    expect(csvLine([text])).toMatch(/^"?'/);
  },
);

test.each(["O'Neill", "Smith-Jones", "2026-11-22T10:00:00Z", "a=b"])("leaves %j as it is", (text) => {
  expect(csvLine([text]).replaceAll(/["\r\n]/g, "")).toBe(text);
});

test("numbers stay numbers", () => {
  expect(csvLine([-5, 3n])).toBe("-5,3\r\n");
});

test("any text comes back as one cell, and no cell starts a formula", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 }), (cells) => {
      const read = readLine(csvLine(cells));
      expect(read).toHaveLength(cells.length);
      read.forEach((got, i) => {
        expect(got.replace(/^'/, "")).toBe(cells[i]?.replace(/^'/, ""));
        expect(got).not.toMatch(/^[=+\-@\t\r]/);
      });
    }),
  );
});

/** Parses one line of RFC 4180. */
const readLine = (line: string): string[] => {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] === '"') {
      let text = "";
      for (at++; ; at++) {
        if (line[at] !== '"') text += line[at];
        else if (line[at + 1] === '"') text += line[++at];
        else break;
      }
      cells.push(text);
      at++;
    } else {
      const end = line.slice(at).search(/,|\r\n/) + at;
      cells.push(line.slice(at, end));
      at = end;
    }
    if (line[at] !== ",") return cells;
    at++;
  }
  return cells;
};
