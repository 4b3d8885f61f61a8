import { expect, test } from "vitest";
import { nextActions, type Standing } from "./next-actions.ts";

const at = "2026-09-01T10:00:00.000Z";

const standing = (more: Partial<Standing> = {}): Standing => ({
  payment_status: "pending",
  cancelled: 0,
  behind_pence: 0,
  mandate_status: "",
  snoozed_until: null,
  held_for: null,
  suspended_at: null,
  payment_token_error: null,
  phone_needs_correction: 0,
  phone_refuses_texts: 0,
  unreached_since: null,
  ...more,
});

const unreached = { unreached_since: at };
const refused = { ...unreached, phone_needs_correction: 1, phone_refuses_texts: 1 };
const offer = { action: "offer_resend" };
const ask = { action: "ask_for_number" };
const call = (reason: string) => ({ action: "call_club", reason });

test.each<[string, Partial<Standing>, object[]]>([
  ["a text that is on its way or has arrived", {}, []],
  ["a text that did not arrive", unreached, [offer]],
  ["a phone that was off", { ...unreached, phone_needs_correction: 1 }, [ask, offer]],
  ["a number that refuses texts", refused, [ask]],
  ["no link", { payment_token_error: "refused" }, [call("no_link")]],
  ["a possible duplicate", { held_for: "r0" }, [call("possible_duplicate")]],
  ["a suspended child", { suspended_at: at }, [call("suspended")]],
  ["a fee that came back", { ...unreached, payment_status: "charged_back" }, [offer]],
  [
    "missed months of which no text has arrived",
    { ...unreached, payment_status: "paid", behind_pence: 1 },
    [call("unreached")],
  ],
  [
    "a Direct Debit that is gone, with a bad number",
    { ...refused, payment_status: "paid", mandate_status: "gone" },
    [ask],
  ],
  [
    "a family that the club waits for",
    { ...unreached, snoozed_until: at },
    [{ action: "wait_until", until: at }, offer],
  ],
  ["a family that the club waits for, with nothing to do", { snoozed_until: at }, []],
])("%s", (_, more, actions) => {
  expect(nextActions(standing(more))).toEqual(actions);
});

test.each<[string, Partial<Standing>]>([
  ["paid", { payment_status: "paid" }],
  ["waived", { payment_status: "waived" }],
  ["refunded", { payment_status: "refunded" }],
  ["cancelled", { cancelled: 1 }],
  ["exempt", { snoozed_until: "season" }],
])("nothing is to be done for a family that is %s", (_, more) => {
  expect(nextActions(standing({ ...refused, suspended_at: at, ...more }))).toEqual([]);
});

test("the link is offered again a minute after the last time, at most five times", () => {
  const again = { action: "wait_until", until: "2026-09-01T10:01:00.000Z" };
  expect(nextActions(standing(unreached), { count: 4, lastAt: at })).toEqual([again, offer]);
  expect(nextActions(standing(unreached), { count: 5, lastAt: at })).toEqual([call("too_many_resends")]);
});
