import { expect, test } from "vitest";
import type { Row } from "../read-model/row.ts";
import { longTime, paymentChip, traitChips, trouble } from "./words.ts";

const now = new Date("2026-09-01T10:00:00.000Z");

test("nobody asks for another number if the owner wants no texts", () => {
  const family = (row: Partial<Row>) =>
    trouble({ payment_status: "pending", phone_needs_correction: 1, ...row } as Row);
  expect(family({ opted_out: 1 })).toBe("The owner of this number wants no texts. Call the parent.");
  expect(family({ opted_out: 0 })).toBe("This number cannot be texted. Ask the parent for another.");
  expect(family({ opted_out: 1, payment_status: "paid" })).toBeUndefined();
});

test("only the open reply of a cancelled family matters", () => {
  const at = "2026-08-31T10:00:00.000Z";
  const row = { suspended_at: at, held_for: "r0", snoozed_until: "season", replied_at: at, cancelled: 0 };
  const chips = (more: Partial<Row>) =>
    [...String(traitChips({ ...row, ...more } as Row, now)).matchAll(/<\/span> ([^<]+)/g)].map(([, word]) => word);
  expect(chips({})).toEqual(["Replied", "Suspended", "Held", "Exempt"]);
  expect(chips({ cancelled: 1 })).toEqual(["Replied"]);
});

test("a time of another year has its year", () => {
  const shown = (instant: string) => />(.*)</.exec(String(longTime(instant, now)))?.[1];
  expect(shown("2026-01-02T10:00:00.000Z")).toBe("2 Jan, 10:00");
  expect(shown("2025-09-02T10:00:00.000Z")).toBe("2 Sept 2025, 11:00");
});

test("a family that was cancelled after paying has both marks", () => {
  const chips = (row: Partial<Row>) =>
    [...String(paymentChip(row as Row)).matchAll(/<\/span> ([^<]+)/g)].map(([, word]) => word);
  expect(chips({ payment_status: "paid", cancelled: 1 })).toEqual(["Cancelled", "Paid"]);
  expect(chips({ payment_status: "paid", cancelled: 0 })).toEqual(["Paid"]);
  expect(chips({ payment_status: "cancelled", cancelled: 1 })).toEqual(["Cancelled"]);
});
