import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { remindersProjection } from "../projections/reminders.ts";
import { startReminders } from "./reminders.ts";

const DAYS = [3, 5, 7];
const REGISTERED = "2026-09-01T10:00:00.000Z";

/** An unpaid family, on the test's own clock. */
const family = () => {
  const db = new DatabaseSync(":memory:");
  const projection = remindersProjection(DAYS);
  db.exec(projection.schema);
  const apply = projection.prepare(db);
  let nowMs = Date.parse(REGISTERED);
  let look = () => {};
  const counts: number[] = [];
  const reminders = startReminders({
    db,
    days: DAYS,
    // Like the store, it requests a text only once.
    request: async ({ count }) => {
      if (counts.includes(count)) return "known";
      counts.push(count);
      return "requested";
    },
    runtime: {
      now: () => new Date(nowMs),
      uuid: () => "cause",
      after: () => () => {},
      every: (_, work) => {
        look = work;
        return () => {};
      },
    },
    signal: new AbortController().signal,
    onFault: (error) => expect.unreachable(String(error)),
  });
  const store = (type: string, data: object) =>
    apply(storedEvent("registration-r1", type, { registrationId: "r1", ...data }));
  store("RegistrationCompleted", { acceptedAt: REGISTERED });
  apply(storedEvent("payment-B1", "PaymentTokenCreated", { registrationId: "r1", billingRequestId: "B1" }));
  return {
    snooze: (until: string) => store("RegistrationSnoozed", { until }),
    /** Looks each hour until then. Returns the reminders so far. */
    until: async (at: string) => {
      for (; nowMs < Date.parse(at); nowMs += 3_600_000) {
        look();
        await reminders.idle();
      }
      return counts;
    },
  };
};

test("reminders are sent on their days", async () => {
  const { until } = family();
  expect(await until("2026-09-04T09:00:00Z")).toEqual([]);
  expect(await until("2026-09-04T12:00:00Z")).toEqual([1]);
  expect(await until("2026-09-30T12:00:00Z")).toEqual([1, 2, 3]);
});

test("a snoozed family gets no reminders; afterwards it gets only the last one it missed", async () => {
  const { snooze, until } = family();
  await until("2026-09-04T12:00:00Z");
  snooze("2026-09-20T10:00:00.000Z");
  expect(await until("2026-09-20T10:00:00Z")).toEqual([1]);
  expect(await until("2026-10-30T12:00:00Z")).toEqual([1, 3]);
});

test("reminders continue if a snooze ends between two of them", async () => {
  const { snooze, until } = family();
  snooze("2026-09-05T10:00:00.000Z");
  expect(await until("2026-09-05T12:00:00Z")).toEqual([1]);
  expect(await until("2026-09-30T12:00:00Z")).toEqual([1, 2, 3]);
});

test("an exempt family gets none until an operator ends the exemption", async () => {
  const { snooze, until } = family();
  snooze("season");
  expect(await until("2026-10-01T10:00:00Z")).toEqual([]);
  snooze("2026-10-01T10:00:00.000Z");
  expect(await until("2026-10-30T12:00:00Z")).toEqual([3]);
});
