import { expect, test } from "vitest";
import { isKeptLongEnough, openMoney } from "./due.ts";

test.each([
  ["2526", 24, "2028-05-31T22:59:59Z", false],
  ["2526", 24, "2028-05-31T23:00:00Z", true],
  ["2526", 0, "2026-05-31T12:00:00Z", false],
  ["2526", 0, "2026-06-01T12:00:00Z", true],
  ["2627", 24, "2028-06-01T12:00:00Z", false],
  ["9900", 1, "2000-07-01T12:00:00Z", true],
])("season %s and %i months at %s: %s", (season, months, now, long) => {
  expect(isKeptLongEnough(season, months, new Date(now))).toBe(long);
});

type MoneyRow = Parameters<typeof openMoney>[0];

const settled: MoneyRow = {
  payment_status: "paid",
  behind_pence: 0,
  paid_twice_pence: 0,
  money_error: null,
  cancelled: 0,
};
const nothing = { on_its_way: 0, to_come: 0 };

test("settled money does not keep a family", () => {
  expect(openMoney(settled, [nothing], { wishes: [{ id: "refund 1", done: true }] })).toEqual([]);
  expect(openMoney({ ...settled, payment_status: "cancelled", behind_pence: 5, cancelled: 1 }, [], {})).toEqual([]);
});

test.each<[string, Partial<MoneyRow>, object, object]>([
  ["the payment was charged back", { payment_status: "charged_back" }, {}, {}],
  ["money is still to come", {}, { to_come: 1 }, {}],
  ["a payment is on its way", {}, { on_its_way: 1 }, {}],
  ["months were missed", { behind_pence: 1 }, {}, {}],
  ["something was paid twice", { paid_twice_pence: 1 }, {}, {}],
  ["a refund is on its way", {}, {}, { wishes: [{ id: "refund 1" }] }],
  ["a refund or a record of money came to nothing", { money_error: "the refund came back" }, {}, {}],
])("keeps a family because %s", (words, row, due, facts) => {
  expect(openMoney({ ...settled, ...row }, [{ ...nothing, ...due }], facts)).toEqual([words]);
});
