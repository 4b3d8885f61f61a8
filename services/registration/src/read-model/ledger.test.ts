import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Books, createBooks, ledgerCsv, type Money, sumNames, sumTotals } from "./books.ts";
import { ledgerProjection } from "./ledger.ts";

type Fact = readonly [stream: string, type: string, data: object];

const foldInto = (facts: readonly Fact[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(ledgerProjection.schema);
  const apply = ledgerProjection.prepare(db);
  facts.forEach(([stream, type, data], index) => {
    apply(storedEvent(stream, type, data));
    // Commits come at any time.
    if (index % 3 === 0) apply.flush?.();
  });
  apply.flush?.();
  return db;
};

let now = new Date("2026-09-10T10:00:00.000Z");

const booksOf = (facts: readonly Fact[]): Books => createBooks(foldInto(facts), () => now);

const at = "2026-09-10T10:00:00.000Z";
const registered = (id: string, team: string): Fact => [
  `registration-${id}`,
  "RegistrationCompleted",
  { registrationId: id, team, ageGroup: "u10", season: "2627", child: { firstName: "Zoë", lastName: "O'Neill" } },
];
const token = (id: string, season = "2627", feePence = 4_500): Fact => [
  `payment-BRQ${id}`,
  "PaymentTokenCreated",
  {
    billingRequestId: `BRQ${id}`,
    registrationId: id,
    season,
    feePence,
    monthlyFeePence: 2_750,
    preferredPaymentDay: 1,
    createdAt: at,
  },
];
const reported = (id: string, type: string, more: object = {}): Fact => [
  `payment-BRQ${id}`,
  type,
  { requestId: `BRQ${id}`, paymentId: `PM${id}`, occurredAt: at, via: "webhook", action: "reported", ...more },
];
const paid = (id: string): Fact[] => [reported(id, "PaymentFulfilled"), reported(id, "PaymentConfirmed")];
const erased = (id: string, where: object): Fact => [
  `registration-${id}`,
  "RegistrationErased",
  { registrationId: id, resends: 0, corrections: 0, ...where },
];

test("totals are by season, team and month", () => {
  const books = booksOf([
    registered("1", "Tigers"),
    registered("2", "Tigers"),
    registered("3", "Lions"),
    token("1"),
    token("2"),
    token("3", "2526"),
    ...paid("1"),
    reported("2", "PaymentFulfilled"),
  ]);
  expect(books.totals({})).toMatchObject([
    {
      season: "2627",
      team: "Tigers",
      month: "2026-09",
      expected: 9_000,
      collected: 4_500,
      on_its_way: 4_500,
      to_come: 0,
    },
    { season: "2526", team: "Lions", month: "2026-09", expected: 4_500, collected: 0, to_come: 4_500 },
  ]);
  expect(books.totals({ season: "2627" })).toHaveLength(1);
  expect(books.totals({ team: "Lions" })).toMatchObject([{ team: "Lions" }]);
  expect(books.totals({ teams: ["Lions"] })).toMatchObject([{ team: "Lions" }]);
  expect(books.totals({ teams: [] })).toEqual([]);
  expect(books.seasons()).toEqual(["2627", "2526"]);
  expect(books.ofFamily("2")).toMatchObject([{ due: "fee", on_its_way: 4_500 }]);
});

test("an erased family's money stays with its team, without anything personal", () => {
  const where = { team: "Tigers", ageGroup: "u10", season: "2627" };
  const whole = foldInto([registered("1", "Tigers"), token("1"), ...paid("1"), erased("1", where)]);
  expect(createBooks(whole, () => now).totals({})).toMatchObject([{ team: "Tigers", collected: 4_500 }]);
  const rows = ["accounts", "teams"].flatMap((table) => whole.prepare(`SELECT * FROM ${table}`).all());
  expect(JSON.stringify(rows)).not.toContain("Zoë");
  // Once its events are gone, a rebuild says the same.
  const truncated = foldInto([erased("1", where), token("1"), ...paid("1")]);
  expect([...createBooks(truncated, () => now).entries({})]).toEqual([...createBooks(whole, () => now).entries({})]);
  // Erasures of an earlier version did not keep the team.
  expect(booksOf([erased("1", {}), token("1"), ...paid("1")]).totals({})).toMatchObject([
    { team: "", collected: 4_500 },
  ]);
});

test("payouts add up to the penny, with fees apart; the last report on each counts, and a bounced one does not count", () => {
  const payout = (payoutId: string, status: string, more: object): Fact => [
    `payment-${payoutId}`,
    "PayoutRecorded",
    { payoutId, status, amountPence: 4_085, feesPence: 65, createdAt: at, ...more },
  ];
  const items = [
    { type: "payment_paid_out", amountTenthPence: 45_000, paymentId: "PM1" },
    { type: "payment_refunded", amountTenthPence: -3_500, paymentId: "PM2", refundId: "RF1" },
    { type: "gocardless_fee", amountTenthPence: -654 },
  ];
  const books = booksOf([
    payout("PO1", "pending", { items, arrivalDate: "2026-09-11" }),
    payout("PO1", "paid", { items, arrivalDate: "2026-10-01" }),
    payout("PO2", "paid", {}),
    payout("PO3", "bounced", { items }),
  ]);
  expect(books.payouts()).toEqual([
    { month: "2026-09", collected: 4_150, taken_back: 0, fees: 65, amount: 4_085 },
    { month: "2026-10", collected: 4_500, taken_back: 350, fees: 65, amount: 4_085 },
  ]);
});

test("page, CSV and families agree to the penny, whatever happened", () => {
  const happened = fc.array(
    fc.tuple(
      fc.constantFrom("1", "2", "3"),
      fc.constantFrom("PaymentFulfilled", "PaymentConfirmed", "PaymentFailed"),
      fc.nat(9_999),
    ),
  );
  fc.assert(
    fc.property(happened, (events) => {
      const ids = ["1", "2", "3"];
      const books = booksOf([
        ...ids.map((id) => registered(id, id === "3" ? "Lions" : "Tigers")),
        ...ids.map((id) => token(id, "2627", 3_333 + Number(id))),
        ...events.flatMap(([id, type, amountPence], index) => [
          reported(id, type),
          reported(id, "RefundCreated", { refundId: `RF${index}`, amountPence: 1 + amountPence }),
          reported(id, "MoneyElsewhereRecorded", { recordId: `R${index}`, kind: "cash", amountPence: 1 + amountPence }),
        ]),
      ]);
      const total = sumTotals(books.totals({}));
      const entries = ids.flatMap((id) => books.ofFamily(id));
      expect(total.to_come).toBe(entries.reduce((sum, entry) => sum + entry.to_come, 0));
      const [heading = "", ...lines] = ledgerCsv(books, {}).trimEnd().slice(1).split("\r\n");
      for (const [name, pence] of Object.entries(total)) {
        const column = heading.split(",").indexOf(`${sumNames[name as keyof Money]} (£)`);
        const inPence = (line: string) => Math.round(Number(line.split(",")[column]) * 100);
        expect(lines.reduce((sum, line) => sum + inPence(line), 0)).toBe(pence);
      }
    }),
  );
});

test("a month that nothing is set up to collect is to come until a week after it has passed", () => {
  const [stream, type, data] = token("1");
  const link: Fact = [stream, type, { ...data, monthlyFrom: "2026-10-01", monthlyUntil: "2026-12-01" }];
  const plan = { subscriptionId: "SB1", startDate: "2026-10-01", payments: 3, amountPence: 2_750 };
  const subscribed: Fact = [stream, "SubscriptionCreated", plan];
  const missed: Fact = [stream, "MonthlyFeeMissed", { month: "2026-10", dueOn: "2026-10-01", amountPence: 2_750 }];
  const refunded: Fact = [stream, "PaymentStatusChanged", { status: "refunded" }];
  const monthsOf = (...facts: Fact[]) => {
    const months = booksOf([link, ...facts]).ofFamily("1");
    return months.filter(({ what, to_come }) => what === "monthly" && to_come > 0).map(({ month }) => month);
  };
  try {
    expect(monthsOf()).toEqual(["2026-10", "2026-11", "2026-12"]);
    expect(monthsOf(...paid("1"), refunded)).toEqual([]);
    // A month may be recorded as missed some days after it has ended.
    now = new Date("2026-11-07T23:59:00.000Z");
    expect(monthsOf()).toEqual(["2026-10", "2026-11", "2026-12"]);
    now = new Date("2026-11-08T00:00:00.000Z");
    expect(monthsOf()).toEqual(["2026-11", "2026-12"]);
    expect(monthsOf(missed)).toEqual(["2026-10", "2026-11", "2026-12"]);
    expect(monthsOf(subscribed)).toEqual(["2026-10", "2026-11", "2026-12"]);
    expect(
      booksOf([link])
        .totals({})
        .map(({ month }) => month),
    ).toEqual(["2026-09", "2026-11", "2026-12"]);
  } finally {
    now = new Date("2026-09-10T10:00:00.000Z");
  }
});

test("money counts for the team that the child was moved to, whatever else is amended later", () => {
  const amended = (changes: object): Fact => [
    "registration-1",
    "RegistrationAmended",
    { registrationId: "1", changes, count: 1, amendedAt: at },
  ];
  const facts = [registered("1", "Tigers"), token("1"), amended({ team: "Lions" }), ...paid("1")];
  expect(booksOf(facts).totals({})).toMatchObject([{ team: "Lions", collected: 4_500 }]);
  const renamed = [...facts, amended({ child: { firstName: "Zoe", lastName: "Neill" } })];
  expect(booksOf(renamed).totals({})).toMatchObject([{ team: "Lions", collected: 4_500 }]);
});
