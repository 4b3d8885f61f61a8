import { expect, test } from "vitest";
import { type Act, may, roles, sees } from "./roles.ts";

test.each([
  ["hand_in", ["gateway", "admin"]],
  ["resend", ["gateway", "operator", "treasurer", "admin"]],
  ["correct", ["gateway", "operator", "treasurer", "admin"]],
  ["cancel", ["gateway", "operator", "treasurer", "admin"]],
  ["note", ["operator", "treasurer", "admin"]],
  ["see_notes", ["viewer", "operator", "treasurer", "admin"]],
  ["handle_replies", ["operator", "treasurer", "admin"]],
  ["wish_texts", ["gateway", "operator", "treasurer", "admin"]],
  ["move_money", ["treasurer", "admin"]],
  ["see_ledger", ["treasurer", "admin"]],
  ["erase", ["admin"]],
] as const)("%s: %s", (act: Act, allowed: readonly string[]) => {
  expect((["gateway", ...roles] as const).filter((role) => may({ role }, act))).toEqual(allowed);
});

test("an operator sees only their own teams, and all of them if not limited", () => {
  expect(sees({ teams: ["Tigers", "Lions"] }, "Lions")).toBe(true);
  expect(sees({ teams: ["Tigers"] }, "Lions")).toBe(false);
  expect(sees({ teams: ["Tigers"] }, "tigers")).toBe(false);
  expect(sees({ teams: undefined }, "Lions")).toBe(true);
});
