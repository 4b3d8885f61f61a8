import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { registrationsProjection } from "./projection.ts";
import { createQueries, type ListFilter, type Sort, sorts } from "./queries.ts";
import { traits } from "./traits.ts";

const now = new Date("2026-11-28T10:00:00.000Z");
const person = (name: string) => {
  const [firstName, ...rest] = name.split(" ");
  return { firstName, lastName: rest.join(" ") };
};

interface Family {
  readonly child: string;
  readonly parent?: string;
  readonly phone?: string;
  readonly team?: string;
  readonly ageGroup?: string;
  readonly season?: string;
  readonly day?: number;
  readonly heldFor?: string;
  readonly more?: readonly (readonly [stream: string, type: string, data: object])[];
}

/** The view of these families, whose ids are their keys. */
const viewOf = (families: Readonly<Record<string, Family>>) => {
  const db = new DatabaseSync(":memory:");
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  let position = 0n;
  for (const [registrationId, family] of Object.entries(families)) {
    const acceptedAt = new Date(Date.UTC(2026, 8, family.day ?? 1)).toISOString();
    const completed = {
      registrationId,
      child: person(family.child),
      parent: person(family.parent ?? "Sam Parent"),
      parentPhone: family.phone ?? "+447700900123",
      team: family.team ?? "Tigers",
      ageGroup: family.ageGroup ?? "u10",
      season: family.season ?? "2627",
      preferredPaymentDay: 1,
      signingFeePence: 100,
      monthlyFeePence: 100,
      defaultedFees: [],
      acceptedAt,
      ...(family.heldFor && { possibleDuplicateOf: family.heldFor }),
    };
    const own = `registration-${registrationId}`;
    for (const [stream, type, data] of [[own, "RegistrationCompleted", completed] as const, ...(family.more ?? [])])
      apply(storedEvent(stream, type, { registrationId, ...data }, { position: ++position, created: now }));
  }
  apply.flush?.();
  return { ...createQueries(db, () => now), db };
};

const payment = (id: string, status: string) =>
  [
    `payment-BRQ0000${id}`,
    "PaymentStatusChanged",
    { billingRequestId: `BRQ0000${id}`, status, since: now.toISOString(), changedAt: now.toISOString() },
  ] as const;

const families: Readonly<Record<string, Family>> = {
  zoe: { child: "Zoë O’Neill", parent: "Sean O’Neill", phone: "+447700900456", day: 1 },
  mary: { child: "Mary O Neill", team: "Lions", ageGroup: "u7", day: 2 },
  ben: {
    child: "Ben Smith-Jones",
    season: "2526",
    day: 3,
    more: [
      ["payment-BRQ0000BEN", "PaymentTokenCreated", { billingRequestId: "BRQ0000BEN" }],
      payment("BEN", "charged_back"),
    ],
  },
  "b1946ac9-2f60-4dd4-a6f4-8b3a58e0c1d2": {
    child: "Ada Łukasz",
    phone: "+447700900789",
    ageGroup: "open",
    day: 4,
    more: [payment("ADA", "paid")],
  },
};

const { list, pages } = viewOf(families);
const found = (search: string, filter: ListFilter = {}) =>
  list({ ...filter, search }, { limit: 10 }).rows.map(({ child_name }) => child_name.split(" ")[0]);

test.each([
  ["zoe", ["Zoë"]],
  ["o'neill", ["Mary", "Zoë"]],
  ["oneill", ["Mary", "Zoë"]],
  ["O NEILL", ["Mary", "Zoë"]],
  ["neill mary", ["Mary"]],
  ["sean", ["Zoë"]],
  ["jones ben", ["Ben"]],
  ["smith-jones", ["Ben"]],
  ["smithjones", ["Ben"]],
  ["lukasz", ["Ada"]],
  ["lion", ["Mary"]],
  ["u7", ["Mary"]],
  ["open", ["Ada"]],
  ["25/26", ["Ben"]],
  ["2025/26 tigers", ["Ben"]],
  ["2526", ["Ben"]],
  ["456", ["Zoë"]],
  ["0456", ["Zoë"]],
  ["07700 900 789", ["Ada"]],
  ["+44 (0)7700 900456", ["Zoë"]],
  ["o'neill 456", ["Zoë"]],
  ["56", []],
  ["paid", ["Ada"]],
  ["charged_back", ["Ben"]],
  ["unpaid smith", ["Ben"]],
  ["b1946ac9", ["Ada"]],
  ["BRQ0000BEN", ["Ben"]],
  ["https://pay.example/reg_setup/BRQ0000BEN", ["Ben"]],
  ["ada zoe", []],
  ["%", ["Ada", "Ben", "Mary", "Zoë"]],
  ["nobody", []],
])("%j finds %j", (search, names) => {
  expect(found(search)).toEqual(names);
  expect([...pages({ search })].flat().map(({ child_name }) => child_name.split(" ")[0])).toEqual(names);
});

test("filters combine with each other and with what the reader may see", () => {
  expect(found("neill", { team: "Tigers" })).toEqual(["Zoë"]);
  expect(found("neill", { teams: ["Lions"] })).toEqual(["Mary"]);
  expect(found("", { ageGroup: "u10", season: "2627" })).toEqual(["Zoë"]);
  expect(found("", { paymentStatus: "charged_back", only: ["unpaid"] })).toEqual(["Ben"]);
  expect(found("", { textStatus: "delivered" })).toEqual([]);
});

test("each trait finds the families that have it now, and no others", () => {
  const at = now.toISOString();
  const suspended = ["registration-a", "RegistrationSuspended", { suspendedAt: at }] as const;
  const snoozed = (until: string) => ["registration-a", "RegistrationSnoozed", { until, snoozedAt: at }] as const;
  const months = { behindPence: 100, monthsMissed: 1, mandate: "active", paidTwicePence: 0, changedAt: at };
  const cancelled = ["registration-a", "RegistrationCancelled", { reason: "", cancelledAt: at }] as const;
  const named = (heldFor: string | undefined, ...more: NonNullable<Family["more"]>) => {
    const view = viewOf({ a: { child: "Ada A", more, ...(heldFor && { heldFor }) } });
    return traits.filter((trait) => view.list({ only: [trait] }, { limit: 1 }).rows.length > 0);
  };
  expect(named(undefined)).toEqual(["unpaid"]);
  expect(named(undefined, payment("A", "paid"))).toEqual([]);
  expect(named(undefined, suspended)).toEqual(["unpaid", "suspended"]);
  expect(named(undefined, suspended, cancelled)).toEqual([]);
  expect(named("b")).toEqual(["unpaid", "held"]);
  expect(named("b", ["registration-a", "RegistrationReleased", { releasedAt: at }])).toEqual(["unpaid"]);
  expect(named("b", cancelled)).toEqual([]);
  expect(named(undefined, snoozed("season"))).toEqual(["unpaid", "snoozed"]);
  expect(named(undefined, snoozed("2026-12-01T00:00:00.000Z"))).toEqual(["unpaid", "snoozed"]);
  expect(named(undefined, snoozed("2026-11-28T09:59:59.000Z"))).toEqual(["unpaid"]);
  expect(named(undefined, payment("A", "paid"), ["payment-BRQ0000A", "MonthlyStatusChanged", months])).toEqual([
    "behind",
  ]);
  const refused = ["payment-BRQ0000A", "SubscriptionRefused", { code: "no", reason: "", refusedAt: at }] as const;
  expect(named(undefined, payment("A", "paid"), refused)).toEqual(["subscription_refused"]);
  expect(named(undefined, payment("A", "paid"), refused, cancelled)).toEqual([]);
  const reply = { smsId: "s", replyId: "SM1", body: "wrong number", receivedAt: at };
  expect(named(undefined, ["sms-s", "ReplyReceived", reply])).toEqual(["unpaid", "replied"]);
});

test("sorted by name, team or how long they have owed", () => {
  const names = (sort: Sort) => list({}, { limit: 10, sort }).rows.map(({ child_name }) => child_name.split(" ")[0]);
  expect(names("newest")).toEqual(["Ada", "Ben", "Mary", "Zoë"]);
  expect(names("name")).toEqual(["Ada", "Ben", "Mary", "Zoë"]);
  expect(names("team")).toEqual(["Mary", "Ben", "Zoë", "Ada"]);
  expect(names("oldest_unpaid")).toEqual(["Zoë", "Mary", "Ben"]);
});

test("pages of any size and order make up the whole list, and no token has a name in it", () => {
  const family = fc.record({
    child: fc.constantFrom("Ada A", "Ádá A", "Ben B", "Cy C"),
    team: fc.constantFrom("Lions", "Tigers"),
    ageGroup: fc.constantFrom("u7", "u10", "open"),
    day: fc.integer({ min: 1, max: 3 }),
  });
  // Ids of letters that none of these names is made of.
  const anyFamilies = fc.dictionary(fc.stringMatching(/^[q-z]{1,8}$/), family, { maxKeys: 12 });
  fc.assert(
    fc.property(anyFamilies, fc.constantFrom(...sorts), fc.integer({ min: 1, max: 5 }), (some, sort, limit) => {
      const view = viewOf(some);
      const whole = view.list({}, { limit: 500, sort }).rows.map((row) => row.registration_id);
      const paged: string[] = [];
      let after: string | undefined;
      do {
        const page = view.list({}, { limit, sort, after });
        paged.push(...page.rows.map((row) => row.registration_id));
        after = page.next;
        if (after) expect(Buffer.from(after, "base64url").toString()).not.toMatch(/ada|ben|tigers|lions/i);
      } while (after);
      expect(paged).toEqual(whole);
      expect(whole).toHaveLength(Object.keys(some).length);
    }),
  );
});

test.each(sorts)("the whole list in the order %s leaves out who is erased or moved while it is read", (sort) => {
  const many = Array.from(
    { length: 1_001 },
    (_, n) => [`r${n}`, { child: `Ada A${n % 7}`, day: 1 + (n % 3) }] as const,
  );
  const { db, ...view } = viewOf(Object.fromEntries(many));
  const whole = [...view.pages({}, sort)].flat();
  expect(whole).toHaveLength(many.length);
  expect(whole.slice(0, 500)).toEqual(view.list({}, { limit: 500, sort }).rows);
  const reading = view.pages({ teams: ["Tigers"] }, sort)[Symbol.iterator]();
  expect(reading.next().value).toEqual(whole.slice(0, 500));
  db.prepare("DELETE FROM registrations WHERE registration_id = ?").run(whole[499]?.registration_id ?? "");
  db.prepare("DELETE FROM registrations WHERE registration_id = ?").run(whole[500]?.registration_id ?? "");
  db.prepare("UPDATE registrations SET team = 'Lions' WHERE registration_id = ?").run(
    whole[501]?.registration_id ?? "",
  );
  expect([...{ [Symbol.iterator]: () => reading }].flat()).toEqual(whole.slice(502));
});

test.each(sorts)("a foreign token is refused in the order %s", (sort) => {
  expect(() => list({}, { limit: 1, sort, after: "AAAA" })).toThrow(RangeError);
});
