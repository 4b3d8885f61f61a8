import { memoryEventStore } from "@touchline/event-store/memory";
import { expect, test } from "vitest";
import { createTakeIn } from "./take-in.ts";

const now = () => new Date("2026-09-01T10:00:00.000Z");
const fees = { signingFeePence: 100, monthlyFeePence: 100 };
const registration = (email?: string) => ({
  registrationId: "r1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
});

const club = () => {
  const store = memoryEventStore(now);
  const takeIn = (keepsEmail: boolean) => createTakeIn({ store, fees, testFees: true, keepsEmail, now });
  const stored = async () => JSON.stringify((await store.read("registration-r1")).map(({ data }) => data));
  return { takeIn, stored };
};

test("an address is stored only if the club sends e-mail", async () => {
  const sending = club();
  await sending.takeIn(true)(registration("sam@example.org"));
  expect(await sending.stored()).toContain("sam@example.org");
  const silent = club();
  await silent.takeIn(false)(registration("sam@example.org"));
  expect(await silent.stored()).toMatch(/"parent":\{"firstName":"Sam","lastName":"O'Neill"\}/);
});

test.each([
  ["kept before, not kept now", true, false, "sam@example.org"],
  ["not kept before, kept now", false, true, "sam@example.org"],
  ["another one", true, true, "other@example.org"],
  ["none", true, true, undefined],
])("a repeat is the same registration whatever its address: %s", async (_, before, after, email) => {
  const { takeIn } = club();
  await takeIn(before)(registration("sam@example.org"));
  expect(await takeIn(after)(registration(email))).toMatchObject({ kind: "accepted", duplicate: true });
});
