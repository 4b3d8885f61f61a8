import { DatabaseSync } from "node:sqlite";
import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { registrationsProjection } from "../read-model/projection.ts";
import { createQueries } from "../read-model/queries.ts";
import { takeInsOf } from "./same-child.ts";

let clock = Date.parse("2026-09-01T10:00:00.000Z");
const now = () => new Date(clock++);
const zoe = {
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
};

/** An intake for real money, with rows that are brought up to date only when asked. */
const setUp = (live = true) => {
  const store = memoryEventStore(now);
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  const queries = createQueries(db, now);
  let position: bigint | undefined;
  const show = async () => {
    for await (const event of store.readAll({ after: position })) {
      apply(event);
      position = event.position;
    }
    apply.flush?.();
  };
  const fees = { signingFeePence: 4_500, monthlyFeePence: 2_750 };
  const takeIn = takeInsOf({
    store,
    queries,
    projection: { position: () => position },
    fees,
    testFees: !live,
    keepsEmail: true,
    now,
  })(store);
  const heldFor = async (registrationId: string, more: object = {}) => {
    const outcome = await takeIn({ registrationId, ...zoe, ...more });
    const [event] = await store.read(`registration-${registrationId}`);
    const duplicateOf = event?.type === "RegistrationCompleted" ? event.data.possibleDuplicateOf : undefined;
    expect(outcome).toMatchObject({ kind: "accepted", held: duplicateOf !== undefined });
    return duplicateOf;
  };
  const callOff = async (registrationId: string) => {
    const data = { registrationId, reason: "", cancelledAt: now().toISOString() };
    const event = { id: `off-${registrationId}`, type: "RegistrationCancelled", data, metadata: { service: "test" } };
    await store.append(`registration-${registrationId}`, [event], 0n);
  };
  return { heldFor, show, callOff };
};

test("a second registration of the same child is held, whether or not the rows already show the first", async () => {
  const { heldFor, show } = setUp();
  expect(await heldFor("r1")).toBeUndefined();
  expect(await heldFor("r2", { child: { firstName: "ZOE", lastName: "ONeill" } })).toBe("r1");
  await show();
  expect(await heldFor("r3")).toBe("r1");
});

test("one of two simultaneous registrations is held", async () => {
  const { heldFor } = setUp();
  expect(await Promise.all([heldFor("r1"), heldFor("r2")])).toEqual([undefined, "r1"]);
});

test("a repeat gets the same answer as before: the first is not held because of the second", async () => {
  const { heldFor, show } = setUp();
  await heldFor("r1");
  await heldFor("r2");
  await show();
  expect(await heldFor("r1")).toBeUndefined();
  expect(await heldFor("r2")).toBe("r1");
});

test("siblings, other numbers and cancelled registrations do not cause a hold", async () => {
  const { heldFor, show, callOff } = setUp();
  await heldFor("r1");
  expect(await heldFor("twin", { child: { firstName: "Mia", lastName: "O'Neill" } })).toBeUndefined();
  expect(await heldFor("r3", { parentPhone: "07700 900456" })).toBeUndefined();
  await callOff("r1");
  expect(await heldFor("r4")).toBeUndefined();
  await show();
  await callOff("r4");
  await show();
  expect(await heldFor("r5")).toBeUndefined();
});

test("with play money the same child registers again and again", async () => {
  const { heldFor, show } = setUp(false);
  await heldFor("r1");
  await show();
  expect(await heldFor("r2")).toBeUndefined();
});
