import type { TouchlineEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { html } from "@touchline/service/html";
import { expect, test } from "vitest";
import { moneyRecords, recordsSection } from "./money-records.ts";

const link = "BRQ0001";
const recordedAt = "2026-11-23T18:05:00.000Z";
const cash = { recordId: "cash-1", kind: "cash", amountPence: 2_000, note: "R-0117", recordedAt };
const undo = { ...cash, recordId: "undo-1", undoes: "cash-1", recordedAt: "2026-11-24T09:00:00.000Z" };

const event = (type: TouchlineEvent["type"], data: object, actor?: string) =>
  ({
    type,
    data,
    metadata: { service: "registration", ...(actor && { actor }) },
    created: new Date(recordedAt),
  }) as unknown as StoredEvent;
const wished = (record: object, actor = "op-1") => event("MoneyRecorded", { registrationId: "r1", ...record }, actor);
const counted = (record: object) => event("MoneyElsewhereRecorded", { billingRequestId: link, ...record });
const refused = (recordId: string, code: string) =>
  event("MoneyElsewhereRefused", { billingRequestId: link, recordId, code, refusedAt: recordedAt });

const names = new Map([
  ["op-1", "Sam Khan"],
  ["op-2", "Lou Moss"],
]);
const of = (...events: StoredEvent[]) => moneyRecords(events, (id) => names.get(id));
const sam = { by: "Sam Khan", at: new Date(recordedAt) };
const known = { recordId: "cash-1", kind: "cash", amountPence: 2_000, note: "R-0117", made: sam };

test.each([
  ["waiting", [wished(cash)], { standing: "waiting" }],
  ["counts", [wished(cash), counted(cash)], { standing: "counts" }],
  ["refused", [wished(cash), refused("cash-1", "paid")], { standing: "refused", refusal: "paid" }],
  ["being undone", [wished(cash), counted(cash), wished(undo, "op-2")], { standing: "undoing" }],
  ["undone", [wished(cash), counted(cash), wished(undo, "op-2"), counted(undo)], { standing: "undone" }],
])("%s", (_, events, expected) => {
  const undone = { by: "Lou Moss", at: new Date(recordedAt) };
  const isUndone = expected.standing.startsWith("undo");
  expect(of(...events)).toEqual([{ ...known, ...(isUndone && { undone }), ...expected }]);
});

test("a refused withdrawal undoes nothing", () => {
  const events = [wished(cash), counted(cash), wished(undo), refused("undo-1", "not_recorded")];
  expect(of(...events)).toEqual([{ ...known, standing: "counts" }]);
});

const shown = (allowed: boolean, ...events: StoredEvent[]): string => {
  const view = { records: of(...events), allows: () => allowed, requestId: "11111111-2222", now: new Date(recordedAt) };
  return String(recordsSection(view, "/admin/registrations/r1", html`<i>token</i>`));
};

test("each record that counts can be undone once, by people who may move money", () => {
  const events = [wished(cash), counted(cash), wished({ ...cash, recordId: "bank-2", note: "B-2" })];
  const page = shown(true, ...events);
  expect(page).toContain("£20.00 cash");
  expect(page).toContain("R-0117");
  expect(page).toContain("by Sam Khan");
  expect(page.match(/name="undoes" value="([^"]*)"/g)).toEqual(['name="undoes" value="cash-1"']);
  expect(page).toContain('name="record" value="11111111-2222-0"');
  expect(shown(false, ...events)).not.toContain("<form");
  expect(shown(true, ...events, wished(undo))).not.toContain("<form");
});

test("a record that does not count says why, and nothing is shown if nothing was recorded", () => {
  expect(shown(true, wished(cash), refused("cash-1", "paid"))).toContain("the fee is paid already");
  expect(shown(true)).toBe("undefined");
});
