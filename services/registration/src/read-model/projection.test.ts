import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { registrationsProjection } from "./projection.ts";
import { createQueries } from "./queries.ts";

const at = new Date("2026-09-01T10:00:00.000Z");
const iso = at.toISOString();
const phone = "+447700900123";

/** One family's events by stream; within a stream their order is fixed, as the store keeps it. */
const streams: Readonly<Record<string, readonly [type: string, data: object][]>> = {
  "registration-r1": [
    [
      "RegistrationCompleted",
      {
        registrationId: "r1",
        child: { firstName: "Zoë", lastName: "O'Neill" },
        parent: { firstName: "Sam", lastName: "O'Neill" },
        parentPhone: phone,
        team: "Tigers",
        ageGroup: "u10",
        season: "2526",
        preferredPaymentDay: 1,
        signingFeePence: 100,
        monthlyFeePence: 100,
        defaultedFees: [],
        acceptedAt: iso,
      },
    ],
  ],
  "payment-BRQ0001": [
    ["PaymentLinkOpened", { billingRequestId: "BRQ0001", openedAt: iso }],
    ["PaymentTokenCreated", { billingRequestId: "BRQ0001", registrationId: "r1" }],
    [
      "PaymentStatusChanged",
      { billingRequestId: "BRQ0001", registrationId: "r1", status: "paid", since: iso, changedAt: iso },
    ],
  ],
  "sms-a": [
    ["SmsRequested", { smsId: "a", registrationId: "r1", purpose: "payment_link", to: phone, segments: 1 }],
    ["SmsAttemptStarted", { attempt: 1 }],
    ["SmsAccepted", { attempt: 1, providerMessageId: "SM1", acceptedAt: iso }],
    [
      "SmsStatusReported",
      { providerMessageId: "SM1", status: "undelivered", errorCode: "30006", numberFault: "invalid" },
    ],
  ],
  "suppression-h": [["PhoneOptedOut", { phone }]],
};

/** Rows are written after each event, as where somebody reads them, or kept back until the end, as in a rebuild. */
const fold = (order: readonly string[], flushAt: (i: number) => boolean = () => true) => {
  const db = new DatabaseSync(":memory:");
  const changed: string[] = [];
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, (id) => changed.push(id));
  const taken = new Map<string, number>();
  order.forEach((stream, i) => {
    const index = taken.get(stream) ?? 0;
    taken.set(stream, index + 1);
    const [type, data] = streams[stream]?.[index] ?? [];
    const position = BigInt(i + 1) * 100n;
    apply({
      id: `${i}`,
      stream,
      type,
      data,
      metadata: {},
      revision: BigInt(index),
      position,
      created: at,
    } as StoredEvent);
    if (flushAt(i)) apply.flush?.();
  });
  apply.flush?.();
  const row = createQueries(db).get("r1");
  const waiting = db.prepare("SELECT count(*) AS n FROM waiting").get()?.n;
  db.close();
  return { row, waiting, changed };
};

/** Every row of every table. */
const tablesAfter = (events: readonly (readonly [stream: string, type: string, data: object])[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const changed: string[] = [];
  const apply = registrationsProjection.prepare(db, (id) => changed.push(id));
  events.forEach(([stream, type, data], i) => {
    const position = BigInt(i + 1) * 100n;
    apply(storedEvent(stream, type, data, { position, created: at }));
  });
  apply.flush?.();
  const names = ["registrations", "links", "waiting", "opted_out", "erased"];
  const rows = Object.fromEntries(names.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()]));
  db.close();
  return { rows, changed };
};

const inOrder = Object.entries(streams).flatMap(([stream, events]) => events.map(() => stream));

test("a family's events make one row", () => {
  expect(fold(inOrder).row).toMatchObject({
    registration_id: "r1",
    billing_request_id: "BRQ0001",
    payment_status: "paid",
    paid_at: iso,
    link_opened_at: iso,
    sms_delivery_status: "undelivered",
    sms_delivery_error: "30006: this number cannot get texts",
    sms_sent_at: iso,
    phone_needs_correction: 1,
    phone_refuses_texts: 1,
    // The opt-out shows nothing new.
    position: 800n,
  });
});

test("streams may come in any order relative to each other", () => {
  const { row: expected } = fold(inOrder);
  fc.assert(
    fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (order) => {
      const { row, waiting } = fold(order);
      expect({ ...row, position: 0n }).toEqual({ ...expected, position: 0n });
      expect(waiting).toBe(0);
      // Where the log stood: never before the registration itself.
      expect(row?.position).toBeGreaterThanOrEqual(BigInt(order.indexOf("registration-r1") + 1) * 100n);
    }),
  );
});

test("rows that are kept back come to the same as rows that are written at once", () => {
  const order = fc.shuffledSubarray(inOrder, { minLength: inOrder.length });
  fc.assert(
    fc.property(order, fc.array(fc.nat({ max: inOrder.length })), (events, flushes) => {
      const { row, waiting } = fold(events, (i) => flushes.includes(i));
      expect({ row, waiting }).toEqual({ row: fold(events).row, waiting: 0 });
    }),
  );
});

test("nothing is shown before the registration itself has come", () => {
  const { row, changed } = fold(inOrder.filter((stream) => stream !== "registration-r1"));
  expect(row).toBeUndefined();
  expect(changed).toEqual([]);
});

test("the seed's columns have the seed's types", () => {
  const directory = mkdtempSync(join(tmpdir(), "touchline-"));
  const db = new DatabaseSync(join(directory, "x.sqlite"));
  db.exec(registrationsProjection.schema);
  const types = Object.fromEntries(
    db
      .prepare("SELECT name, type FROM pragma_table_info('registrations')")
      .all()
      .map((c) => [c.name, c.type]),
  );
  expect(types).toMatchObject({
    sms_sent_at: "TIMESTAMP",
    sms_delivery_status: "VARCHAR(50)",
    sms_delivery_error: "TEXT",
  });
  db.close();
  rmSync(directory, { recursive: true });
});

test("of an erased registration nothing is left, and a rebuild after a scavenge comes to the same", () => {
  const family = Object.entries(streams).flatMap(([stream, events]) =>
    events.map(([type, data]) => [stream, type, data] as const),
  );
  const later = [
    ["registration-r1", "RegistrationErased", { registrationId: "r1", resends: 0, corrections: 0, erasedAt: iso }],
    // Reports go on until the text is closed.
    ["sms-a", "SmsStatusReported", { providerMessageId: "SM1", status: "delivered" }],
    ["sms-a", "SmsErased", { registrationId: "r1", erasedAt: iso }],
    ["sms-b", "SmsErased", { registrationId: "r1", erasedAt: iso }],
    ["payment-BRQ0001", "PaymentLinkOpened", { billingRequestId: "BRQ0001", openedAt: iso }],
    [
      "payment-BRQ0001",
      "PaymentStatusChanged",
      { billingRequestId: "BRQ0001", registrationId: "r1", status: "charged_back", since: iso, changedAt: iso },
    ],
  ] as const;
  const { rows, changed } = tablesAfter([...family, ...later]);
  expect(rows).toMatchObject({ registrations: [], waiting: [], erased: [{ registration_id: "r1" }] });
  expect(rows.links).toEqual([{ stream: "payment-BRQ0001", registration_id: "r1" }]);
  // Whoever watches is told.
  expect(changed.at(-1)).toBe("r1");
  const isKept = ([stream, type]: readonly [string, string, object]) =>
    (!stream.startsWith("registration-") && !stream.startsWith("sms-")) || type.endsWith("Erased");
  expect(tablesAfter([...family, ...later].filter(isKept)).rows).toEqual(rows);
});
