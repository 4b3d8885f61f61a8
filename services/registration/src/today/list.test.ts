import { expect, test } from "vitest";
import { todayList } from "./list.ts";
import { type TodayCode, type TodayRow, todayCodes, todayOf } from "./reasons.ts";

const now = new Date("2026-09-10T10:00:00.000Z");
const at = (daysAgo: number) => new Date(now.getTime() - daysAgo * 86_400_000).toISOString();

const family = (more: Partial<TodayRow> = {}): TodayRow => ({
  payment_status: "pending",
  cancelled: 0,
  behind_pence: 0,
  months_missed: 0,
  paid_twice_pence: 0,
  money_failed_at: null,
  subscription_refused_at: null,
  mandate_status: "",
  snoozed_until: null,
  held_for: null,
  suspended_at: null,
  payment_token_error: null,
  phone_needs_correction: 0,
  phone_refuses_texts: 0,
  opted_out: 0,
  unreached_since: null,
  sms_delivery_status: "failed",
  email_status: null,
  replied_at: null,
  created_at: at(7),
  ...more,
});

const codesOf = (row: TodayRow) => todayOf(row, now).map(({ code }) => code);

/** A family with this reason, and what takes the reason away. */
const reasons: Readonly<Record<TodayCode, readonly [with_: Partial<TodayRow>, without: Partial<TodayRow>]>> = {
  replied: [{ replied_at: at(1) }, { replied_at: null }],
  token_refused: [{ payment_token_error: "invalid" }, { payment_token_error: null }],
  number_refused: [{ phone_refuses_texts: 1, unreached_since: at(1) }, { phone_refuses_texts: 0 }],
  opted_out: [
    { opted_out: 1, phone_refuses_texts: 1 },
    { opted_out: 0, phone_refuses_texts: 0 },
  ],
  unreachable: [{ unreached_since: at(2) }, { unreached_since: null }],
  email_unknown: [{ email_status: "unknown" }, { sms_delivery_status: "delivered" }],
  possible_duplicate: [{ held_for: "r0", created_at: at(1) }, { held_for: null }],
  paid_twice: [{ payment_status: "paid", paid_twice_pence: 4_500 }, { paid_twice_pence: 0 }],
  money_failed: [{ payment_status: "paid", money_failed_at: at(1) }, { money_failed_at: null }],
  subscription_refused: [{ payment_status: "paid", subscription_refused_at: at(1) }, { subscription_refused_at: null }],
  mandate_gone: [{ payment_status: "paid", mandate_status: "gone" }, { mandate_status: "active" }],
  behind: [{ payment_status: "paid", behind_pence: 2_750, months_missed: 1 }, { behind_pence: 0 }],
  suspended: [{ suspended_at: at(1) }, { suspended_at: null }],
};

test.each(Object.entries(reasons))("%s: a family is listed for it, and leaves by itself", (code, [given, without]) => {
  expect(codesOf(family(given))).toEqual([code]);
  expect(codesOf(family({ ...given, ...without }))).toEqual([]);
  for (const { sentence, nextStep } of todayOf(family(given), now)) {
    expect(sentence).toMatch(/^[A-Z£].*\.$/);
    expect(nextStep).toMatch(/^[A-Z].*[a-z]$/);
  }
});

test("a family that has left is listed for what it texted and for money to give back, and for nothing else", () => {
  for (const [code, [given]] of Object.entries(reasons))
    for (const payment_status of ["cancelled", "paid"] as const) {
      const left = family({ ...given, payment_status, cancelled: 1 });
      expect(codesOf(left)).toEqual(["replied", "paid_twice", "money_failed"].includes(code) ? [code] : []);
    }
});

test.each(["token_refused", "number_refused", "opted_out", "unreachable", "email_unknown", "suspended"] as const)(
  "%s does not matter for a family that has paid or owes nothing",
  (code) => {
    for (const payment_status of ["paid", "waived", "refunded"] as const)
      expect(codesOf(family({ ...reasons[code][0], payment_status }))).toEqual([]);
  },
);

test("while the club has agreed to wait, nobody is chased; the family's own requests stay", () => {
  const chased = ["number_refused", "opted_out", "unreachable", "email_unknown", "mandate_gone", "behind", "suspended"];
  for (const [code, [given]] of Object.entries(reasons)) {
    for (const snoozed_until of ["season", at(-1)])
      expect(codesOf(family({ ...given, snoozed_until }))).toEqual(chased.includes(code) ? [] : [code]);
    expect(codesOf(family({ ...given, snoozed_until: at(0) }))).toEqual([code]);
  }
});

test("missed months are counted and summed", () => {
  const sentences = (behind_pence: number, months_missed: number) =>
    todayOf(family({ payment_status: "paid", behind_pence, months_missed }), now).map(({ sentence }) => sentence);
  expect(sentences(2_750, 1)).toEqual(["A monthly fee of £27.50 is missing."]);
  expect(sentences(5_500, 2)).toEqual(["2 monthly fees are missing, £55 in all."]);
});

test("a text has two days to arrive, and the chat one day to answer for a possible duplicate", () => {
  const almost = (ms: number) => new Date(now.getTime() - ms + 1).toISOString();
  expect(codesOf(family({ unreached_since: almost(172_800_000) }))).toEqual([]);
  expect(codesOf(family({ held_for: "r0", created_at: almost(86_400_000) }))).toEqual([]);
});

test("a family is listed once, by its most urgent reason; of the same reason the longest wait comes first", () => {
  const every = Object.assign({}, ...Object.values(reasons).map(([given]) => given), { payment_status: "failed" });
  expect(codesOf(family(every))).toEqual(
    todayCodes.filter((code) => !["number_refused", "unreachable"].includes(code)),
  );
  const rows = [
    { id: "behind", ...family(reasons.behind[0]) },
    { id: "fine", ...family() },
    { id: "texted later", ...family({ replied_at: at(1) }) },
    { id: "all", ...family({ ...every, replied_at: at(2) }) },
  ];
  const list = todayList(rows, now);
  expect(list.map(({ row }) => row.id)).toEqual(["all", "texted later", "behind"]);
  expect(list[0]?.reasons.map(({ code }) => code)).toEqual(codesOf(family({ ...every, replied_at: at(2) })));
});
