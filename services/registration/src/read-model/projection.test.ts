import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { completedData } from "../../test/completed.ts";
import { registrationsProjection } from "./projection.ts";
import { createQueries } from "./queries.ts";

const at = new Date("2026-09-01T10:00:00.000Z");
const iso = at.toISOString();
const later = "2026-09-20T10:00:00.000Z";
const phone = "+447700900123";

const announced = { registrationId: "r1", attempt: 1, segments: 1, changedAt: iso };

/** One family's events by stream; within a stream their order is fixed, as the store keeps it. */
const streams: Readonly<Record<string, readonly [type: string, data: object][]>> = {
  "registration-r1": [
    [
      "RegistrationCompleted",
      completedData({
        parentPhone: phone,
        season: "2526",
        signingFeePence: 100,
        monthlyFeePence: 100,
        possibleDuplicateOf: "r0",
        acceptedAt: iso,
      }),
    ],
    ["RegistrationReleased", { registrationId: "r1", releasedAt: iso }],
    ["RegistrationAmended", { registrationId: "r1", changes: { team: "Pumas" }, count: 1, amendedAt: iso }],
    [
      "RegistrationAmended",
      {
        registrationId: "r1",
        changes: { team: "Lions", child: { firstName: "Zoe", lastName: "Neill" } },
        count: 2,
        amendedAt: iso,
      },
    ],
    [
      "MonthlyTermsAmended",
      { registrationId: "r1", monthlyFeePence: 80, preferredPaymentDay: 15, count: 1, amendedAt: iso },
    ],
    ["NoteAdded", { registrationId: "r1", noteId: "n1", text: "pays on Friday", addedAt: iso }],
    ["NoteAdded", { registrationId: "r1", noteId: "n2", text: "wrong family", addedAt: iso }],
    ["NoteRemoved", { registrationId: "r1", noteId: "n2", removedAt: iso }],
    ["RegistrationSuspended", { registrationId: "r1", suspendedAt: iso }],
    ["RegistrationSnoozed", { registrationId: "r1", until: iso, snoozedAt: iso }],
    ["RegistrationReinstated", { registrationId: "r1", reason: "operator", reinstatedAt: iso }],
    ["ReminderRequested", { registrationId: "r1", count: 1, requestedAt: iso }],
    ["RegistrationSuspended", { registrationId: "r1", suspendedAt: later }],
  ],
  "payment-BRQ0001": [
    ["PaymentLinkOpened", { billingRequestId: "BRQ0001", openedAt: iso }],
    ["PaymentTokenCreated", { billingRequestId: "BRQ0001", registrationId: "r1" }],
    ["PaymentLinkReopened", { billingRequestId: "BRQ0001", registrationId: "r1", feePence: 100, reopenedAt: iso }],
    ["SubscriptionRefused", { mandateId: "MD1", code: "validation_failed", reason: "no", refusedAt: iso }],
    ["SubscriptionCreated", { subscriptionId: "SB1", mandateId: "MD1" }],
    [
      "PaymentStatusChanged",
      { billingRequestId: "BRQ0001", registrationId: "r1", status: "paid", since: iso, changedAt: iso },
    ],
    ["SubscriptionRefused", { mandateId: "MD1", code: "invalid_state", reason: "the amount", refusedAt: later }],
  ],
  "sms-a": [
    ["SmsRequested", { smsId: "a", registrationId: "r1", purpose: "payment_link", to: phone, segments: 1 }],
    ["SmsAttemptStarted", { attempt: 1 }],
    ["TextStatusChanged", { ...announced, status: "pending" }],
    ["SmsAccepted", { attempt: 1, providerMessageId: "SM1", acceptedAt: iso }],
    ["TextStatusChanged", { ...announced, status: "sent", sentAt: iso }],
    ["SmsStatusReported", { providerMessageId: "SM1", status: "undelivered", errorCode: "30006" }],
    [
      "TextStatusChanged",
      {
        ...announced,
        status: "undelivered",
        sentAt: iso,
        failure: "number_not_mobile",
        code: "30006",
        numberProblem: "refused",
      },
    ],
  ],
  "sms-b": [
    ["SmsRequested", { smsId: "b", registrationId: "r1", purpose: "reminder", to: phone, segments: 1 }],
    // If it were the newer one, its arrival would say something about the number.
    ["TextStatusChanged", { ...announced, status: "sent", sentAt: iso }],
  ],
  "email-a": [
    ["EmailRequested", { emailId: "a", registrationId: "r1", to: "sam@example.org" }],
    ["EmailAttemptStarted", { attempt: 1 }],
    ["EmailDeferred", { attempt: 1 }],
    ["EmailAttemptStarted", { attempt: 2 }],
    ["EmailSent", { attempt: 2 }],
  ],
  "suppression-h": [["PhoneOptedOut", { phone }]],
};

/** A stream whose next event is delivered, and how many times. */
type Step = readonly [stream: string, times: number];

/** Rows are written after each event, as where somebody reads them, or kept back until the end, as in a rebuild. */
const fold = (steps: readonly Step[], flushAt: (i: number) => boolean = () => true) => {
  const db = new DatabaseSync(":memory:");
  const changed: string[] = [];
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, (id) => changed.push(id));
  const taken = new Map<string, number>();
  steps.forEach(([stream, times], i) => {
    const index = taken.get(stream) ?? 0;
    taken.set(stream, index + 1);
    const [type = "", data] = streams[stream]?.[index] ?? [];
    // A later change has a later time.
    const place = { position: BigInt(i + 1) * 100n, created: new Date(at.getTime() + i * 1_000) };
    for (let time = 0; time < times; time++) apply(storedEvent(stream, type, data, place));
    if (flushAt(i)) apply.flush?.();
  });
  apply.flush?.();
  const row = createQueries(db, () => at).get("r1");
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

const inOrder = Object.entries(streams).flatMap(([stream, events]) => events.map((): Step => [stream, 1]));

/** The streams' events in any order relative to each other, each delivered once or more often. */
const interleavings = fc
  .tuple(
    fc.shuffledSubarray(inOrder, { minLength: inOrder.length }),
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: inOrder.length, maxLength: inOrder.length }),
  )
  .map(([steps, times]) => steps.map(([stream], i): Step => [stream, times[i] ?? 1]));

test("a family's events make one row", () => {
  expect(fold(inOrder).row).toMatchObject({
    registration_id: "r1",
    held_for: null,
    child_name: "Zoe Neill",
    parent_name: "Sam O'Neill",
    team: "Lions",
    age_group: "u10",
    monthly_fee_pence: 80,
    preferred_payment_day: 15,
    billing_request_id: "BRQ0001",
    payment_status: "paid",
    paid_at: iso,
    link_opened_at: iso,
    sms_delivery_status: "undelivered",
    sms_delivery_error: "30006: this number is not a mobile",
    sms_sent_at: iso,
    phone_needs_correction: 1,
    phone_refuses_texts: 1,
    subscription_error: "invalid_state: the amount",
    subscription_refused_at: later,
    notes: 1,
    suspended_at: later,
    snoozed_until: iso,
    unreached_since: iso,
    email_status: "sent",
    // Of the last events, only the opt-out shows anything new.
    opted_out: 1,
    position: 3_500n,
  });
});

test("every interleaving of the streams makes the same row, however often an event is delivered", () => {
  const { row: expected } = fold(inOrder);
  const place = { position: 0n, updated_at: "" };
  fc.assert(
    fc.property(interleavings, (steps) => {
      const { row, waiting } = fold(steps);
      expect({ ...row, ...place }).toEqual({ ...expected, ...place });
      expect(waiting).toBe(0);
      // Where the log was when the row changed: never before the registration itself.
      const begun = steps.findIndex(([stream]) => stream === "registration-r1");
      expect(row?.position).toBeGreaterThanOrEqual(BigInt(begun + 1) * 100n);
      // A second delivery changes nothing, not even a time.
      expect(row).toEqual(fold(steps.map(([stream]) => [stream, 1])).row);
    }),
  );
});

test("rows that are kept back become the same as rows that are written at once", () => {
  fc.assert(
    fc.property(interleavings, fc.array(fc.nat({ max: inOrder.length })), (steps, flushes) => {
      const { row, waiting } = fold(steps, (i) => flushes.includes(i));
      expect({ row, waiting }).toEqual({ row: fold(steps).row, waiting: 0 });
    }),
  );
});

test("an announcement that repeats the last one changes no time", () => {
  const text = streams["sms-a"] ?? [];
  const family = [...(streams["registration-r1"] ?? [])].map((event) => ["registration-r1", ...event] as const);
  const first = [...family, ...text.map((event) => ["sms-a", ...event] as const)];
  const last = first.at(-1);
  const { rows } = tablesAfter(last ? [...first, last] : []);
  expect(rows.registrations).toEqual(tablesAfter(first).rows.registrations);
});

test("nothing is shown before the registration itself has arrived", () => {
  const { row, changed } = fold(inOrder.filter(([stream]) => stream !== "registration-r1"));
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

test("nothing is left of an erased registration, and a rebuild after a scavenge gives the same", () => {
  const family = Object.entries(streams).flatMap(([stream, events]) =>
    events.map(([type, data]) => [stream, type, data] as const),
  );
  const later = [
    ["registration-r1", "RegistrationErased", { registrationId: "r1", resends: 0, corrections: 0, erasedAt: iso }],
    // Reports continue until the text is closed.
    ["sms-a", "SmsStatusReported", { providerMessageId: "SM1", status: "delivered" }],
    ["sms-a", "TextStatusChanged", { ...announced, status: "delivered", sentAt: iso }],
    ["sms-a", "SmsErased", { registrationId: "r1", erasedAt: iso }],
    ["sms-b", "SmsErased", { registrationId: "r1", erasedAt: iso }],
    ["email-a", "EmailErased", { registrationId: "r1", erasedAt: iso }],
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
  // Watchers are notified.
  expect(changed.at(-1)).toBe("r1");
  const isKept = ([stream, type]: readonly [string, string, object]) =>
    !/^(registration|sms|email)-/.test(stream) || type.endsWith("Erased");
  const scavenged = [...family, ...later].map((event) => (isKept(event) ? event : (["gone-1", "Gone", {}] as const)));
  expect(tablesAfter(scavenged).rows).toEqual(rows);
});
