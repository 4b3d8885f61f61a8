import { expect, test } from "vitest";
import { checkMoney, type MoneyWish, recordMoney } from "./money.ts";
import { type Known, registrationAggregate } from "./state.ts";

const now = new Date("2026-11-23T18:05:00.000Z");
const cash = { recordId: "cash-1", kind: "cash", amountPence: 2_000, note: "R-0117" };
const active = {
  status: "active",
  completed: {},
  parentPhone: "+447700900123",
  corrections: 0,
  resends: 0,
  refunds: {},
  money: {},
} as unknown as Known;

const after = (...wishes: MoneyWish[]) =>
  wishes.reduce(
    (state, wish) => recordMoney("r1", wish, now)(state).events.reduce(registrationAggregate.evolve, state) as Known,
    active,
  );
const record = (wish: MoneyWish, state = active) => recordMoney("r1", wish, now)(state);

test("a record is made once; another under its id is refused", () => {
  expect(record(cash)).toEqual({
    events: [{ type: "MoneyRecorded", data: { registrationId: "r1", ...cash, recordedAt: now.toISOString() } }],
    result: { kind: "recorded" },
  });
  expect(record(cash, after(cash))).toEqual({ events: [], result: { kind: "recorded_before" } });
  expect(record({ ...cash, amountPence: 2_001 }, after(cash)).result.kind).toBe("record_differs");
});

test("a record is withdrawn by another one with the same amount", () => {
  const undo = { recordId: "undo-1", note: "R-0117-void", undoes: "cash-1" };
  expect(record(undo, after(cash)).events).toMatchObject([
    { data: { recordId: "undo-1", undoes: "cash-1", kind: "cash", amountPence: 2_000, note: "R-0117-void" } },
  ]);
  expect(record(undo, after(cash, undo)).result.kind).toBe("recorded_before");
  expect(record(undo).result.kind).toBe("not_recorded");
  expect(record({ ...undo, recordId: "undo-2", undoes: "undo-1" }, after(cash, undo)).result.kind).toBe("not_recorded");
});

test("impossible values are refused by field, and a note is a code with no room for a name", () => {
  expect(checkMoney(cash)).toBeUndefined();
  expect(checkMoney({ recordId: "u", note: "x", undoes: "cash-1" })).toBeUndefined();
  const fieldOf = (more: Partial<MoneyWish>) => checkMoney({ ...cash, ...more })?.field;
  expect(fieldOf({ kind: "cheque" })).toBe("kind");
  expect([fieldOf({ amountPence: 0 }), fieldOf({ amountPence: 27.5 })]).toEqual(["amountPence", "amountPence"]);
  expect([fieldOf({ note: "" }), fieldOf({ note: "paid by Sam O'Neill" })]).toEqual(["note", "note"]);
  expect([fieldOf({ recordId: "a b" }), fieldOf({ undoes: "a b" })]).toEqual(["recordId", "undoes"]);
});
