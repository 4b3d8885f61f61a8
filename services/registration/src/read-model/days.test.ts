import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { daysProjection, lastDays } from "./days.ts";

const fold = (events: [stream: string, type: string, data: object][]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(daysProjection.schema);
  const apply = daysProjection.prepare(db);
  for (const [stream, type, data] of events) apply(storedEvent(stream, type, data));
  return db;
};

const paid = (stream: string, status: string, since: string): [string, string, object] => [
  stream,
  "PaymentStatusChanged",
  { status, since },
];

test("counts by London days, and includes days without events", () => {
  const db = fold([
    ["registration-1", "RegistrationCompleted", { acceptedAt: "2026-06-30T22:59:59Z" }],
    ["registration-2", "RegistrationCompleted", { acceptedAt: "2026-06-30T23:00:00Z" }],
    ["sms-1", "SmsAccepted", { acceptedAt: "2026-07-01T10:00:00Z" }],
    ["sms-1", "SmsStatusReported", {}],
    ["sms-2", "SmsAccepted", { acceptedAt: "2026-07-03T10:00:00Z" }],
    ["registration-3", "RegistrationCompleted", { acceptedAt: "2026-05-01T10:00:00Z" }],
  ]);
  expect(lastDays(db, new Date("2026-07-03T12:00:00Z"), 4)).toEqual([
    { day: "2026-06-30", registrations: 1, texts: 0, payments: 0 },
    { day: "2026-07-01", registrations: 1, texts: 1, payments: 0 },
    { day: "2026-07-02", registrations: 0, texts: 0, payments: 0 },
    { day: "2026-07-03", registrations: 0, texts: 1, payments: 0 },
  ]);
  db.close();
});

test("a fee counts once, on the day on which it was paid, and not at all if it went back", () => {
  const db = fold([
    paid("payment-1", "pending", "2026-07-01T10:00:00Z"),
    paid("payment-1", "paid", "2026-07-01T10:00:00Z"),
    paid("payment-2", "paid", "2026-07-01T10:00:00Z"),
    paid("payment-2", "charged_back", "2026-07-02T10:00:00Z"),
    paid("payment-3", "paid", "2026-07-01T10:00:00Z"),
    paid("payment-3", "failed", "2026-07-02T10:00:00Z"),
    paid("payment-3", "paid", "2026-07-02T11:00:00Z"),
  ]);
  const days = lastDays(db, new Date("2026-07-02T12:00:00Z"), 2);
  expect(days.map((day) => day.payments)).toEqual([1, 1]);
  db.close();
});

test("no day is listed twice when the clocks change", () => {
  const db = fold([]);
  const names = lastDays(db, new Date("2026-10-27T00:30:00Z"), 5).map(({ day }) => day);
  expect(names).toEqual(["2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]);
  db.close();
});

test("an erased family no longer counts, whether or not its events still exist", () => {
  const gone: [string, string, object][] = [
    ["registration-1", "RegistrationCompleted", { acceptedAt: "2026-07-01T10:00:00Z" }],
    ["sms-1", "SmsAccepted", { acceptedAt: "2026-07-01T10:00:01Z" }],
    ["sms-1", "SmsAccepted", { acceptedAt: "2026-07-02T10:00:01Z" }],
  ];
  const kept: [string, string, object][] = [
    ["registration-2", "RegistrationCompleted", { acceptedAt: "2026-07-02T10:00:00Z" }],
    paid("payment-1", "paid", "2026-07-03T10:00:00Z"),
    ["registration-1", "RegistrationErased", {}],
    ["sms-1", "SmsErased", {}],
    ["sms-9", "SmsErased", {}],
    paid("payment-1", "charged_back", "2026-07-04T10:00:00Z"),
  ];
  const tables = (events: [string, string, object][]) => {
    const db = fold(events);
    return ["days", "counted", "paid"].map((table) => db.prepare(`SELECT * FROM ${table}`).all());
  };
  expect(tables([...gone, ...kept])).toEqual(tables(kept));
  expect(tables(kept)[0]).toEqual([{ day: "2026-07-02", registrations: 1, texts: 0, payments: 0 }]);
});
