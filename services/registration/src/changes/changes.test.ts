import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { CORRECTIONS_MAX, RESENDS_MAX } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { registrationsProjection } from "../read-model/projection.ts";
import { createQueries } from "../read-model/queries.ts";
import { createChanges } from "./changes.ts";
import { noTextReasons, refusalWords } from "./outcome.ts";

const at = "2026-09-01T10:00:00.000Z";
const id = "r1";
const other = "+447700900456";

/** A registration with its view, which is brought up to date before each read. */
const registered = async () => {
  let now = new Date(at);
  const store = memoryEventStore(() => now);
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  const queries = createQueries(db);
  let shown: bigint | undefined;
  const find = async (registrationId: string) => {
    for await (const event of store.readAll({ after: shown })) {
      apply(event);
      shown = event.position;
    }
    apply.flush?.();
    return queries.get(registrationId);
  };
  const append = async (stream: string, type: string, data: object) => {
    const last = (await store.read(stream)).at(-1)?.revision;
    await store.append(stream, [{ id: randomUUID(), type, data, metadata: { service: "test" } }], last ?? "no_stream");
  };
  await append(`registration-${id}`, "RegistrationCompleted", {
    registrationId: id,
    child: { firstName: "Zoë", lastName: "O'Neill" },
    parent: { firstName: "Sam", lastName: "O'Neill" },
    parentPhone: "+447700900123",
    team: "Tigers",
    ageGroup: "u10",
    season: "2526",
    preferredPaymentDay: 1,
    signingFeePence: 100,
    monthlyFeePence: 100,
    defaultedFees: [],
    acceptedAt: at,
  });
  return {
    ...createChanges({ store, find, queries, ownWrites: { note: () => {} }, now: () => now }),
    append,
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
  };
};

type Family = Awaited<ReturnType<typeof registered>>;

const pay = ({ append }: Family) =>
  append("payment-BRQ0001", "PaymentStatusChanged", { registrationId: id, status: "paid", since: at, changedAt: at });
const optOut = ({ append }: Family) => append("suppression-h", "PhoneOptedOut", { phone: other });
const refuseToken = ({ append }: Family) =>
  append(`registration-${id}`, "PaymentTokenRefused", { registrationId: id, code: "validation_failed", reason: "no" });
const refuseNumber = async ({ append }: Family, to = other) => {
  await append("sms-a", "SmsRequested", { smsId: "a", registrationId: id, purpose: "payment_link", to, segments: 1 });
  const problem = { status: "failed", failure: "number_not_mobile", code: "21614", numberProblem: "refused" };
  await append("sms-a", "TextStatusChanged", {
    registrationId: id,
    attempt: 1,
    segments: 1,
    changedAt: at,
    ...problem,
  });
};

test("a correction says when the link is not texted to the new number, and why", async () => {
  const corrected = async (before: (family: Family) => Promise<unknown>) => {
    const family = await registered();
    await before(family);
    return family.correctPhone(id, "07700 900456");
  };
  expect(await corrected(async () => {})).toEqual({ kind: "corrected", noText: undefined });
  expect(await corrected(pay)).toEqual({ kind: "corrected", noText: "paid" });
  expect(await corrected(optOut)).toEqual({ kind: "corrected", noText: "opted_out" });
  expect(await corrected(refuseNumber)).toEqual({ kind: "corrected", noText: "number_refused" });
  expect(await corrected(refuseToken)).toEqual({ kind: "corrected", noText: "no_link" });
  expect(await corrected((family) => family.cancel(id, ""))).toEqual({ kind: "registration_cancelled" });
});

test("a resend is refused when no text would go out, and says why", async () => {
  const resent = async (before: (family: Family) => Promise<unknown>) => {
    const family = await registered();
    await before(family);
    return family.resend(id);
  };
  expect(await resent(async () => {})).toEqual({ kind: "resent", resends: 1 });
  expect(await resent(pay)).toEqual({ kind: "not_texted", reason: "paid" });
  expect(await resent((family) => refuseNumber(family, "+447700900123"))).toEqual({
    kind: "not_texted",
    reason: "number_refused",
  });
  expect(await resent((family) => family.cancel(id, ""))).toEqual({
    kind: "not_texted",
    reason: "registration_cancelled",
  });
  const stopped = await registered();
  await stopped.correctPhone(id, other);
  await optOut(stopped);
  expect(await stopped.resend(id)).toEqual({ kind: "not_texted", reason: "opted_out" });
});

test("limits are outcomes, and name themselves", async () => {
  const family = await registered();
  for (let i = 0; i < RESENDS_MAX; i++) {
    expect(await family.resend(id)).toEqual({ kind: "resent", resends: i + 1 });
    if (i === 0) expect(await family.resend(id)).toEqual({ kind: "too_soon", retryAfterMs: 60_000 });
    family.pass(60_000);
  }
  expect(await family.resend(id)).toEqual({ kind: "too_many_resends" });
  for (let i = 0; i < CORRECTIONS_MAX; i++) {
    expect(await family.correctPhone(id, `077009001${10 + i}`)).toMatchObject({ kind: "corrected" });
  }
  const refusal = await family.correctPhone(id, "07700 900456");
  expect(refusal).toEqual({ kind: "too_many_corrections" });
  expect(refusalWords({ kind: "too_many_corrections" })).toContain("10 times");
});

test("what is not there, or is erased, is not found; a repeat changes nothing", async () => {
  const family = await registered();
  expect(await family.correctPhone(id, "020 7946 0000")).toMatchObject({ kind: "invalid", field: "parentPhone" });
  expect(await family.correctPhone(id, "07700 900123")).toEqual({ kind: "unchanged" });
  expect(await family.cancel(id, "moved away")).toEqual({ kind: "cancelled" });
  expect(await family.cancel(id, "moved away")).toEqual({ kind: "cancelled_before" });
  expect(await family.erase(id)).toEqual({ kind: "erased" });
  expect(await family.erase(id)).toEqual({ kind: "erased_before" });
  for (const absent of [id, "r2", "../x", ""]) {
    expect(await family.resend(absent)).toEqual({ kind: "not_found" });
    expect(await family.cancel(absent, "")).toEqual({ kind: "not_found" });
    expect(await family.correctPhone(absent, "07700 900456")).toEqual({ kind: "not_found" });
  }
});

test("each reason has words of its own", () => {
  const words = noTextReasons.map((reason) => refusalWords({ kind: "not_texted", reason }));
  expect(new Set(words).size).toBe(noTextReasons.length);
});
