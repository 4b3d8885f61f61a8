import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { RECOVERY_STREAM, smsIdOf, type TextPurpose } from "@touchline/contracts";
import { connectEventStore, createRecoveryWindow, type EventStore } from "@touchline/event-store";
import { runProjection } from "@touchline/projections";
import { systemRuntime } from "@touchline/service/runtime";
import { eventually } from "@touchline/testing";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registrationsProjection } from "../src/read-model/projection.ts";
import { createQueries } from "../src/read-model/queries.ts";
import { createSuspensionQueries } from "../src/read-model/suspension-queries.ts";
import { keepSuspensions } from "../src/suspension/sweep.ts";

const PHONE = "+447700900123";
let infrastructure: Infrastructure;
let store: EventStore;
let clock = new Date("2026-09-01T10:00:00.000Z");
let instances: Awaited<ReturnType<typeof startInstance>>[] = [];

/** The suspensions of one instance of the service, on the test's clock. */
const startInstance = async (name: string) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const path = join(infrastructure.dataDir, `${name}.sqlite`);
  const registrations = runProjection({ store, projection: registrationsProjection, path, signal });
  await registrations.ready;
  let look = () => {};
  const { sleep } = systemRuntime();
  const queries = {
    ...createQueries(registrations.db, systemRuntime().now),
    ...createSuspensionQueries(registrations.db),
  };
  const suspensions = keepSuspensions({
    store,
    registrations,
    queries,
    rules: { afterDays: 8, lastReminderDay: 7 },
    lostSince: createRecoveryWindow(store, { now: () => clock, monotonicMs: () => clock.getTime() }),
    runtime: {
      now: () => clock,
      sleep,
      every: (_, work) => {
        look = work;
        return () => {};
      },
    },
    signal,
    log: { info: () => {}, warn: expect.unreachable, error: expect.unreachable },
  });
  return {
    queries,
    look: async () => {
      await registrations.reached(last, 5_000);
      await suspensions.idle();
      look();
      await suspensions.idle();
    },
    stop: async () => {
      stopping.abort();
      await suspensions.idle();
      await registrations.done;
    },
  };
};

const lookAt = async (now: string) => {
  clock = new Date(now);
  await Promise.all(instances.map(({ look }) => look()));
};

const linkOf = (id: string) => `BRQTEST${id.replaceAll("-", "").toUpperCase()}`;

/** The position of the last event that rows show. */
let last = 0n;
const append = async (stream: string, ...events: readonly (readonly [type: string, data: object])[]) => {
  const metadata = { service: "test" };
  const wanted = events.map(([type, data]) => ({ id: crypto.randomUUID(), type, data, metadata }));
  const result = await store.append(stream, wanted, (await store.read(stream)).at(-1)?.revision ?? "no_stream");
  if (!result.ok) throw new Error("Somebody else wrote there.");
  if (stream !== RECOVERY_STREAM) last = result.position;
};

const text = async (id: string, purpose: TextPurpose, count: number, at: string) => {
  const smsId = smsIdOf(id, purpose, count);
  const announced = { registrationId: id, attempt: 1, segments: 1, sentAt: at, changedAt: at };
  await append(
    `sms-${smsId}`,
    [
      "SmsRequested",
      {
        smsId,
        registrationId: id,
        billingRequestId: linkOf(id),
        purpose,
        count,
        to: PHONE,
        body: "a text",
        encoding: "GSM-7",
        segments: 1,
        requestedAt: at,
      },
    ],
    ["TextStatusChanged", { ...announced, status: "delivered" }],
  );
};

const payment = (id: string, type: string, data: object) =>
  append(`payment-${linkOf(id)}`, [type, { billingRequestId: linkOf(id), registrationId: id, ...data }]);
const status = (id: string, word: string, changedAt: string) =>
  payment(id, "PaymentStatusChanged", { status: word, since: changedAt, changedAt });

/** Registered on 1 September, texted at once, and reminded on days 3, 5 and 7. */
const register = async (id: string, acceptedAt = "2026-09-01T10:00:00.000Z", reached = true) => {
  await append(`registration-${id}`, [
    "RegistrationCompleted",
    {
      registrationId: id,
      child: { firstName: "Zoë", lastName: "O'Neill" },
      parent: { firstName: "Sam", lastName: "O'Neill" },
      parentPhone: PHONE,
      team: "Tigers",
      ageGroup: "u10",
      season: "2627",
      preferredPaymentDay: 1,
      signingFeePence: 4500,
      monthlyFeePence: 2750,
      defaultedFees: [],
      acceptedAt,
    },
  ]);
  await payment(id, "PaymentTokenCreated", {
    origin: "created",
    feePence: 4500,
    mandate: true,
    monthlyFeePence: 2750,
    preferredPaymentDay: 1,
    season: "2627",
    createdAt: acceptedAt,
  });
  const atDay = (days: number) => new Date(Date.parse(acceptedAt) + days * 86_400_000).toISOString();
  if (!reached) return;
  await text(id, "payment_link", 0, atDay(0));
  for (const [i, days] of [3, 5, 7].entries()) await text(id, "reminder", i + 1, atDay(days));
};
const changes = async (id: string) =>
  (await store.read(`registration-${id}`)).slice(1).map(({ type }) => type.replace("Registration", ""));

beforeAll(async () => {
  infrastructure = await startInfrastructure("suspension");
  store = connectEventStore({ url: infrastructure.eventStore.url });
});

afterAll(async () => {
  for (const instance of instances) await instance.stop();
  await store?.close();
  await infrastructure?.stop();
});

test("on day 8 two instances suspend an unpaid family once, and no excused family", async () => {
  await register("never-reached", undefined, false);
  await register("late", "2026-09-01T20:05:00.000Z");
  await register("snoozed");
  await append("registration-snoozed", [
    "RegistrationSnoozed",
    { registrationId: "snoozed", until: "season", snoozedAt: "2026-09-02T10:00:00.000Z" },
  ]);
  await register("paying");
  await payment("paying", "PaymentFlowCreated", {
    requestId: linkOf("paying"),
    flowId: "BRF1",
    createdAt: "2026-09-09T09:00:00.000Z",
  });
  await register("in-cash");
  await append("registration-in-cash", [
    "MoneyRecorded",
    {
      registrationId: "in-cash",
      recordId: "m1",
      kind: "cash",
      amountPence: 4500,
      note: "R-1",
      recordedAt: "2026-09-09T09:00:00.000Z",
    },
  ]);
  await register("waived");
  await status("waived", "waived", "2026-09-08T10:00:00.000Z");
  await register("cancelled");
  await append("registration-cancelled", [
    "RegistrationCancelled",
    { registrationId: "cancelled", reason: "", cancelledAt: "2026-09-02T10:00:00.000Z" },
  ]);
  await register("zoe");
  instances = await Promise.all(["one", "two"].map(startInstance));
  await lookAt("2026-09-09T09:59:00.000Z");
  expect(await changes("zoe")).toEqual([]);
  // After a restore, payments may be missing.
  await append(RECOVERY_STREAM, [
    "RecoveryBegan",
    { since: "2026-09-07T00:00:00.000Z", until: "2026-09-09T10:05:00.000Z" },
  ]);
  await lookAt("2026-09-09T10:00:00.000Z");
  expect(await changes("zoe")).toEqual([]);
  await append(RECOVERY_STREAM, ["RecoveryEnded", { endedAt: "2026-09-09T10:00:00.000Z" }]);
  await lookAt("2026-09-09T10:00:40.000Z");
  expect(await changes("zoe")).toEqual(["Suspended"]);
  await lookAt("2026-09-09T10:01:00.000Z");
  expect(await changes("zoe")).toEqual(["Suspended"]);
  for (const id of ["never-reached", "late", "paying", "waived"]) expect(await changes(id), id).toEqual([]);
  expect(await changes("snoozed")).toEqual(["Snoozed"]);
  expect(await changes("in-cash")).toEqual(["MoneyRecorded"]);
  expect(await changes("cancelled")).toEqual(["Cancelled"]);
  await eventually(() => instances.every(({ queries }) => queries.suspended() === 1));
});

test("a family due at night is suspended in the morning; one that tapped and did not pay, a day later", async () => {
  await lookAt("2026-09-09T20:30:00.000Z");
  expect(await changes("late")).toEqual([]);
  await lookAt("2026-09-10T07:00:00.000Z");
  expect(await changes("late")).toEqual(["Suspended"]);
  expect(await changes("paying")).toEqual([]);
  await lookAt("2026-09-10T09:00:00.000Z");
  expect(await changes("paying")).toEqual(["Suspended"]);
});

test("a payment reinstates at once, without a look; a fee that is asked for again starts counting days again", async () => {
  clock = new Date("2026-09-11T23:00:00.000Z");
  await status("zoe", "paid", clock.toISOString());
  await eventually(async () => (await changes("zoe")).length > 1);
  expect((await store.read("registration-zoe")).at(-1)).toMatchObject({
    type: "RegistrationReinstated",
    data: { registrationId: "zoe", reason: "paid", reinstatedAt: clock.toISOString() },
  });
  await status("zoe", "charged_back", "2026-10-01T10:00:00.000Z");
  await lookAt("2026-10-02T12:00:00.000Z");
  await payment("zoe", "PaymentLinkReopened", {
    requestId: "BRQ0002",
    replaces: linkOf("zoe"),
    mandate: false,
    count: 1,
    feePence: 4500,
    reopenedAt: "2026-10-02T12:00:00.000Z",
  });
  await text("zoe", "reopened", 1, "2026-10-02T12:00:10.000Z");
  await text("zoe", "reminder", 103, "2026-10-09T12:00:00.000Z");
  await lookAt("2026-10-10T12:00:09.000Z");
  expect(await changes("zoe")).toEqual(["Suspended", "Reinstated"]);
  await lookAt("2026-10-10T12:00:10.000Z");
  expect(await changes("zoe")).toEqual(["Suspended", "Reinstated", "Suspended"]);
});

test("work that came due while no instance ran is done once, at the next start", async () => {
  for (const instance of instances) await instance.stop();
  await status("zoe", "paid", "2026-10-11T10:00:00.000Z");
  clock = new Date("2026-10-12T10:00:00.000Z");
  instances = await Promise.all(["one", "two"].map(startInstance));
  await eventually(async () => (await changes("zoe")).length > 3);
  await wait(200);
  expect(await changes("zoe")).toEqual(["Suspended", "Reinstated", "Suspended", "Reinstated"]);
});
