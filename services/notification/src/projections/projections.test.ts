import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Projection } from "@touchline/projections";
import { storedEvent, temporaryFolder } from "@touchline/testing";
import { expect, test } from "vitest";
import { twilioWords } from "../twilio/words.ts";
import { projectionFiles } from "./index.ts";
import { remindersProjection } from "./reminders.ts";
import { textsProjection } from "./texts.ts";

type Event = readonly [stream: string, type: string, data: object];

const at = "2026-09-01T10:00:00.000Z";
const rowsAfter = (projection: Projection, tables: readonly string[], events: readonly Event[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(projection.schema);
  const apply = projection.prepare(db);
  events.forEach(([stream, type, data], i) => {
    const position = BigInt(i + 1) * 100n;
    apply(storedEvent(stream, type, data, { position, created: new Date(at) }));
  });
  return tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all());
};

const text = (id: string): Event[] => [
  [
    `sms-${id}`,
    "SmsRequested",
    {
      smsId: id,
      registrationId: "r1",
      billingRequestId: "BRQ0001",
      purpose: "payment_link",
      count: 0,
      segments: 1,
      requestedAt: at,
    },
  ],
  [`sms-${id}`, "SmsAttemptStarted", { attempt: 1, attemptId: `${id}.1`, startedAt: at }],
  [`sms-${id}`, "SmsAccepted", { attempt: 1, providerMessageId: `SM${id}`, via: "answer", acceptedAt: at }],
];

test("erased texts are in no table, and a rebuild after a scavenge gives the same rows", () => {
  const projection = textsProjection({ evidenceMs: 1_000, abandonedAfterMs: 1_000 }, twilioWords);
  const closed: Event[] = [
    ["sms-a", "SmsErased", { registrationId: "r1", erasedAt: at }],
    ["sms-b", "SmsErased", { registrationId: "r1", erasedAt: at }],
  ];
  const tables = ["texts", "attempts", "messages"];
  const [texts, attempts, messages] = rowsAfter(projection, tables, [...text("a"), ...text("other"), ...closed]);
  expect([texts, attempts, messages].map((rows) => rows?.map((row) => row.sms_id))).toEqual([
    ["other"],
    ["other"],
    ["other"],
  ]);
  expect(rowsAfter(projection, tables, [...text("a"), ...closed])).toEqual(rowsAfter(projection, tables, closed));
});

test("an erased registration has no reminders left", () => {
  const projection = remindersProjection([3]);
  const completed: Event = ["registration-r1", "RegistrationCompleted", { registrationId: "r1", acceptedAt: at }];
  const rest: Event[] = [
    ["payment-BRQ0001", "PaymentTokenCreated", { registrationId: "r1", billingRequestId: "BRQ0001", createdAt: at }],
    ["registration-r1", "RegistrationErased", { registrationId: "r1" }],
    ["payment-BRQ0001", "PaymentLinkClosed", { billingRequestId: "BRQ0001" }],
  ];
  expect(rowsAfter(projection, ["registrations"], [completed, ...rest])).toEqual([[]]);
  expect(rowsAfter(projection, ["registrations"], rest)).toEqual([[]]);
});

test("a fee asked for again may need reminders; a mandate alone does not", () => {
  const projection = remindersProjection([3]);
  const again = "2026-10-20T10:00:00.000Z";
  const reopened = (feePence: number): Event => [
    "payment-BRQ0001",
    "PaymentLinkReopened",
    { registrationId: "r1", billingRequestId: "BRQ0001", feePence, count: 1, reopenedAt: again },
  ];
  const paid: Event[] = [
    ["registration-r1", "RegistrationCompleted", { registrationId: "r1", acceptedAt: at }],
    ["payment-BRQ0001", "PaymentTokenCreated", { registrationId: "r1", billingRequestId: "BRQ0001", createdAt: at }],
    ["payment-BRQ0001", "PaymentStatusChanged", { billingRequestId: "BRQ0001", status: "paid" }],
  ];
  const openAfter = (...events: Event[]) =>
    rowsAfter(projection, ["registrations"], [...paid, ...events])[0]?.[0]?.open;
  expect([openAfter(), openAfter(reopened(0)), openAfter(reopened(100))]).toEqual([0, 0, 1]);
  // Reminders start again, and differ from those after the registration.
  const [row] = rowsAfter(projection, ["registrations"], [...paid, reopened(100)])[0] ?? [];
  expect(row).toMatchObject({ asked_at: Date.parse(again), round: 1, next_at: Date.parse("2026-10-23T08:00:00.000Z") });
});

test("for a family whose link comes late, reminders count from the link", () => {
  const completed: Event = ["registration-r1", "RegistrationCompleted", { registrationId: "r1", acceptedAt: at }];
  const createdAt = "2026-09-11T10:00:00.000Z";
  const token: Event = [
    "payment-BRQ0001",
    "PaymentTokenCreated",
    { registrationId: "r1", billingRequestId: "BRQ0001", createdAt },
  ];
  const until = "2026-09-20T10:00:00.000Z";
  const snoozed: Event = ["registration-r1", "RegistrationSnoozed", { registrationId: "r1", until }];
  const nextAfter = (...events: Event[]) =>
    rowsAfter(remindersProjection([3]), ["registrations"], events)[0]?.[0]?.next_at;
  expect(nextAfter(completed, token)).toBe(Date.parse("2026-09-14T08:00:00.000Z"));
  expect(nextAfter(completed, snoozed, token)).toBe(Date.parse(until));
});

test("for a family that was held, reminders count from its release", () => {
  const [[row] = []] = rowsAfter(
    remindersProjection([3]),
    ["registrations"],
    [
      ["registration-r1", "RegistrationCompleted", { registrationId: "r1", acceptedAt: "2026-09-01T10:00:00.000Z" }],
      ["registration-r1", "RegistrationReleased", { registrationId: "r1", releasedAt: "2026-09-05T10:00:00.000Z" }],
    ],
  );
  expect(row).toMatchObject({
    asked_at: Date.parse("2026-09-05T10:00:00.000Z"),
    next_at: Date.parse("2026-09-08T08:00:00.000Z"),
  });
});

test("the view of e-mails is there with a mail server, or where a service with one has its file", () => {
  const { path, remove } = temporaryFolder("emails");
  const names = (env: NodeJS.ProcessEnv) =>
    projectionFiles({ DATA_DIR: path, ...env }).map((one) => one.projection.name);
  expect(names({})).not.toContain("emails");
  expect(names({ SMTP_URL: "smtp://mail:25", MAIL_FROM: "club@example.org" })).toContain("emails");
  mkdirSync(join(path, "notification"));
  writeFileSync(join(path, "notification", "emails.sqlite"), "");
  expect(names({})).toContain("emails");
  remove();
});
