import type { SmsEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { failureOf } from "../twilio/codes.ts";
import { stageOf } from "../twilio/statuses.ts";
import type { Circumstances } from "./circumstances.ts";
import {
  abandonAttempt,
  eraseText,
  giveUpOnReceipt,
  observeAbsence,
  recordOutcome,
  requestText,
  type SendOutcome,
  startAttempt,
} from "./decide.ts";
import { recordReport } from "./report.ts";
import { type SmsState, smsAggregate } from "./state.ts";

const { evolve } = smsAggregate({ stageOf });

const NOW = new Date("2026-03-01T12:00:00.000Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const SID = `SM${"0".repeat(32)}`;
const OTHER_SID = `SM${"1".repeat(32)}`;

const requested = {
  smsId: "6f1c0000-0000-5000-8000-000000000001",
  registrationId: "r1",
  billingRequestId: "BRQ0001",
  purpose: "payment_link",
  count: 0,
  to: "+447700900123",
  body: "a text",
  encoding: "GSM-7",
  segments: 1,
  requestedAt: NOW.toISOString(),
} as const;

const calm: Circumstances = {
  phone: requested.to,
  registrationCancelled: false,
  payment: "pending",
  owed: true,
  optedOut: false,
  refusedNumbers: [],
  anotherWaits: false,
  anotherWent: false,
  anotherFirst: false,
  behind: false,
  mandateGone: false,
  overLimit: false,
  snoozed: false,
  quiet: false,
};

const fold = (events: readonly SmsEvent[], from: SmsState = { status: "absent" }): SmsState =>
  events.reduce(evolve, from);
const given = (...steps: ((state: SmsState) => SmsEvent[])[]): SmsState =>
  steps.reduce<SmsState>((state, step) => fold(step(state), state), { status: "absent" });
const types = (events: readonly SmsEvent[]) => events.map((e) => e.type);

const request = requestText(requested, calm, false, NOW);
const start = (at = NOW) => startAttempt(calm, at);
const outcome = (attempt: number, what: SendOutcome, at = NOW) =>
  recordOutcome({ attempt, outcome: what, now: at, jitter: 0.5, evidenceMs: 60 * SECOND });
const accepted: SendOutcome = { kind: "accepted", providerMessageId: SID, segments: 1 };
const unknown: SendOutcome = { kind: "unknown", reason: "a time-out" };
const refused = (code: number): SendOutcome => ({ kind: "refused", failure: failureOf(String(code)) });
const report = (status: string, more: { errorCode?: number; sid?: string; attempt?: number; at?: Date } = {}) =>
  recordReport(
    {
      report: {
        providerMessageId: more.sid ?? SID,
        status,
        stage: stageOf(status),
        ...(more.errorCode && { failure: failureOf(String(more.errorCode)) }),
      },
      attempt: more.attempt ?? 1,
      via: "callback",
      now: more.at ?? NOW,
      jitter: 0.5,
    },
    evolve,
  );

test("a text is requested once, and claimed at once if there is room", () => {
  expect(types(request({ status: "absent" }))).toEqual(["SmsRequested"]);
  expect(types(requestText(requested, calm, true, NOW)({ status: "absent" }))).toEqual([
    "SmsRequested",
    "SmsAttemptStarted",
  ]);
  expect(request(given(request))).toEqual([]);
});

test("a snoozed family gets no reminders, but gets the link if it asks for it", () => {
  const snoozed = { ...calm, snoozed: true };
  const after = (purpose: "reminder" | "asked_reminder" | "resend") =>
    requestText({ ...requested, purpose, count: 1 }, snoozed, false, NOW)({ status: "absent" });
  for (const purpose of ["reminder", "asked_reminder"] as const)
    expect(after(purpose)[1]).toEqual({
      type: "SmsWithdrawn",
      data: { code: "snoozed", withdrawnAt: NOW.toISOString() },
    });
  expect(types(after("resend"))).toEqual(["SmsRequested"]);
});

test.each([
  ["the registration is cancelled", { registrationCancelled: true }, "SmsWithdrawn", "cancelled"],
  ["it is paid", { payment: "paid", owed: false }, "SmsWithdrawn", "paid"],
  ["the link is cancelled", { payment: "cancelled" }, "SmsWithdrawn", "link_cancelled"],
  ["the parent has another number", { phone: "+447700900456" }, "SmsWithdrawn", "superseded"],
  ["another text with the link waits", { anotherWaits: true }, "SmsWithdrawn", "waiting"],
  ["another went in the meantime", { anotherWent: true }, "SmsWithdrawn", "superseded"],
  ["there were enough", { overLimit: true }, "SmsWithdrawn", "limit"],
  ["the number opted out", { optedOut: true }, "SmsGivenUp", "opted_out"],
  ["the number was refused", { refusedNumbers: [requested.to] }, "SmsGivenUp", "number_refused"],
] as const)("no attempt is made when %s", (_, change, type, code) => {
  const circumstances = { ...calm, ...change } as Circumstances;
  const asked = requestText(requested, circumstances, true, NOW)({ status: "absent" });
  expect(types(asked)).toEqual(["SmsRequested", type]);
  const [event] = startAttempt(circumstances, NOW)(given(request));
  expect(event).toMatchObject({ type, data: { code } });
});

test("after a reversal the fee is texted about again, although it was paid before", () => {
  const reopened = requestText({ ...requested, purpose: "reopened" }, { ...calm, payment: "charged_back" }, true, NOW);
  expect(types(reopened({ status: "absent" }))).toContain("SmsAttemptStarted");
});

test("a confirmation is sent only while the fee is paid", () => {
  const confirm = (payment: Circumstances["payment"]) =>
    types(
      requestText(
        { ...requested, purpose: "confirmation" },
        { ...calm, payment, owed: false },
        true,
        NOW,
      )({ status: "absent" }),
    );
  expect(confirm("paid")).toContain("SmsAttemptStarted");
  expect(confirm("failed")).toContain("SmsWithdrawn");
});

test("only one of two claims wins, and none is made early or, for reminders, in quiet hours", () => {
  expect(start()(given(request, start()))).toEqual([]);
  const held = requestText({ ...requested, notBefore: later(HOUR).toISOString() }, calm, true, NOW);
  expect(types(held({ status: "absent" }))).toEqual(["SmsRequested"]);
  expect(start(later(HOUR - 1))(given(held))).toEqual([]);
  expect(types(start(later(HOUR))(given(held)))).toEqual(["SmsAttemptStarted"]);
  const reminder = requestText({ ...requested, purpose: "reminder", count: 1 }, { ...calm, quiet: true }, true, NOW);
  expect(types(reminder({ status: "absent" }))).toEqual(["SmsRequested"]);
});

test("an answer is recorded once, even if a callback came first", () => {
  const answered = given(request, start(), outcome(1, accepted));
  expect(answered).toMatchObject({ status: "accepted" });
  expect(outcome(1, accepted)(answered)).toEqual([]);
  const early = given(request, start(), report("sent"));
  expect(early).toMatchObject({ status: "sent" });
  expect(outcome(1, accepted)(early)).toEqual([]);
  expect(outcome(1, unknown)(early)).toEqual([]);
});

test.each([
  [20_429, "SmsDeferred", false],
  [20_003, "SmsDeferred", false],
  [21_611, "SmsDeferred", false],
  [99_999, "SmsDeferred", false],
  [14_107, "SmsDeferred", true],
] as const)("%i is retried; counted: %s %s", (code, type, counted) => {
  const [event] = outcome(1, refused(code))(given(request, start()));
  expect(event).toMatchObject({ type, data: { counted } });
});

test.each([
  [21_614, "invalid"],
  [21_610, "opted_out"],
] as const)("%i ends the text and says what is wrong with the number", (code, numberFault) => {
  const state = given(request, start(), outcome(1, refused(code)));
  expect(state).toMatchObject({ status: "rejected", closed: { code: String(code) } });
  expect(outcome(1, refused(code))(given(request, start()))[0]).toMatchObject({ data: { numberFault } });
  expect(start(later(100 * HOUR))(state)).toEqual([]);
});

test("retries are limited only for faults of the number; an outage, ours or Twilio's, uses up none", () => {
  const fail = (code: number, rounds: number) => {
    let state = given(request);
    let at = NOW;
    for (let i = 1; i <= rounds; i++) {
      at = new Date(at.getTime() + 3 * HOUR);
      state = fold(start(at)(state), state);
      state = fold(outcome(i, refused(code), at)(state), state);
    }
    return state;
  };
  expect(fail(30_450, 3)).toMatchObject({ status: "ready", failures: { 30450: 3 } });
  expect(fail(30_450, 4)).toMatchObject({ status: "rejected" });
  for (const code of [20_003, 21_611, 63_038]) expect(fail(code, 200)).toMatchObject({ status: "ready", failures: {} });
});

test("an unknown outcome waits for evidence; after two empty lists, with time in between, it is tried again", () => {
  const open = given(request, start(), outcome(1, unknown, later(10 * SECOND)));
  expect(open).toMatchObject({ status: "unknown", attempts: [{ askAt: later(60 * SECOND).toISOString() }] });
  expect(start(later(HOUR))(open)).toEqual([]);

  const look = (at: Date) => observeAbsence(1, 60 * SECOND, at);
  expect(look(later(59 * SECOND))(open)).toEqual([]);
  const once = fold(look(later(61 * SECOND))(open), open);
  expect(once).toMatchObject({ status: "unknown" });
  // Another instance looked at the same moment.
  expect(look(later(61 * SECOND))(once)).toEqual([]);
  const second = look(later(241 * SECOND))(once);
  expect(second[0]).toMatchObject({ data: { observation: 2, absent: true } });
  const absent = fold(second, once);
  expect(types(start(later(241 * SECOND))(absent))).toEqual(["SmsAttemptStarted"]);
  expect(241 * SECOND).toBeLessThan(8 * 60 * SECOND);
});

test.each([0.014, 20, 200])(
  "another instance whose clock is %f s behind adds nothing to what was just planned",
  (behindS) => {
    const behind = (at: Date) => new Date(at.getTime() - behindS * SECOND);
    const abandon = (at: Date) => abandonAttempt(10 * SECOND, 60 * SECOND, at);
    expect(abandon(behind(NOW))(given(request, start()))).toEqual([]);

    const open = given(request, start(), outcome(1, unknown));
    const looked = fold(observeAbsence(1, 60 * SECOND, later(61 * SECOND))(open), open);
    expect(observeAbsence(1, 60 * SECOND, behind(later(61 * SECOND)))(looked)).toEqual([]);

    const fault = { kind: "refused", failure: { ...failureOf("20429"), retryAfterMs: 60 * SECOND } } as const;
    const deferred = given(request, start(), outcome(1, fault));
    expect(start(behind(NOW))(deferred)).toEqual([]);
  },
);

test("attempts that Twilio lost use up no retries: a phone that is off later is tried as often as usual", () => {
  let state = given(request);
  let at = NOW;
  for (let attempt = 1; attempt <= 4; attempt++) {
    state = fold(start(at)(state), state);
    state = fold(outcome(attempt, unknown, at)(state), state);
    for (const _ of [1, 2]) {
      at = new Date(at.getTime() + 5 * 60 * SECOND);
      state = fold(observeAbsence(attempt, 60 * SECOND, at)(state), state);
    }
  }
  state = fold(start(at)(state), state);
  state = fold(outcome(5, accepted, at)(state), state);
  const off = report("undelivered", { errorCode: 30_003, attempt: 5, at })(state);
  expect(types(off)).toEqual(["SmsStatusReported", "SmsRetryScheduled"]);
});

test("a text that the network filters is retried only every five minutes until that is fixed, because each try costs", () => {
  let state = given(request);
  let at = NOW;
  const tries: number[] = [];
  for (let attempt = 1; attempt <= 30; attempt++) {
    tries.push(at.getTime() - NOW.getTime());
    state = fold(start(at)(state), state);
    state = fold(outcome(attempt, { kind: "accepted", providerMessageId: `SM${attempt}` }, at)(state), state);
    state = fold(report("undelivered", { errorCode: 30_007, sid: `SM${attempt}`, attempt, at })(state), state);
    expect(state).toMatchObject({ status: "ready", failures: {} });
    at = new Date((state as { retry?: { at: string } }).retry?.at ?? "");
  }
  const last = (tries.at(-1) ?? 0) - (tries.at(-2) ?? 0);
  expect(last).toBeGreaterThan(3 * 60 * SECOND);
  expect(last).toBeLessThanOrEqual(5 * 60 * SECOND);
});

test("evidence settles the outcome, and a late answer or callback of an attempt that seemed lost counts", () => {
  const open = given(request, start(), outcome(1, unknown));
  expect(given(request, start(), outcome(1, unknown), report("delivered"))).toMatchObject({ status: "delivered" });
  const absent = [...observeAbsence(1, SECOND, later(61 * SECOND))(open)];
  const looked = fold(absent, open);
  const again = fold(observeAbsence(1, SECOND, later(200 * SECOND))(looked), looked);
  expect(fold(outcome(1, accepted, later(201 * SECOND))(again), again)).toMatchObject({ status: "accepted" });
});

test("an attempt whose process ended becomes unknown, but not while it may still be under way", () => {
  const open = given(request, start());
  const abandon = (at: Date) => abandonAttempt(20 * SECOND, 60 * SECOND, at);
  expect(abandon(later(19 * SECOND))(open)).toEqual([]);
  expect(abandon(later(20 * SECOND))(open)[0]).toMatchObject({
    type: "SmsOutcomeUnknown",
    data: { askAt: later(60 * SECOND).toISOString() },
  });
});

test("a phone that is off is tried again after some minutes, unless the first text arrives after all", () => {
  const sent = given(request, start(), outcome(1, accepted));
  const failed = fold(report("undelivered", { errorCode: 30_003 })(sent), sent);
  expect(failed).toMatchObject({ status: "ready" });
  expect(start(later(60 * SECOND))(failed)).toEqual([]);
  expect(types(start(later(10 * 60 * SECOND))(failed))).toEqual(["SmsAttemptStarted"]);
  const arrived = fold(report("delivered")(failed), failed);
  expect(arrived).toMatchObject({ status: "delivered" });
  expect(start(later(10 * 60 * SECOND))(arrived)).toEqual([]);
});

test("a number that does not exist is not retried", () => {
  const sent = given(request, start(), outcome(1, accepted));
  const events = report("undelivered", { errorCode: 30_005 })(sent);
  expect(events[0]).toMatchObject({ data: { numberFault: "invalid" } });
  expect(fold(events, sent)).toMatchObject({ status: "undelivered" });
});

test.each(["teleported", "constructor", "__proto__"])(
  "%s, a status that is not in the table, is stored and changes nothing",
  (word) => {
    const sent = given(request, start(), outcome(1, accepted), report("sent"));
    const events = report(word)(sent);
    expect(types(events)).toEqual(["SmsStatusReported"]);
    const parked = fold(events, sent);
    expect(parked).toMatchObject({ status: "sent", messages: { [SID]: { parked: [word] } } });
    expect(report(word)(parked)).toEqual([]);
  },
);

test("a text without a report for 72 hours is given up; a late report still wins", () => {
  const sent = given(request, start(), outcome(1, accepted), report("sent"));
  expect(giveUpOnReceipt(later(71 * HOUR))(sent)).toEqual([]);
  const given72 = fold(giveUpOnReceipt(later(72 * HOUR))(sent), sent);
  expect(given72).toMatchObject({ status: "given_up" });
  expect(fold(report("delivered")(given72), given72)).toMatchObject({ status: "delivered" });
});

test("both messages of one text are kept", () => {
  const state = given(request, start(), outcome(1, accepted), report("sent", { sid: OTHER_SID }));
  expect(Object.keys((state as { messages: object }).messages)).toEqual([SID, OTHER_SID]);
});

test("an erased text cannot be claimed or requested", () => {
  const claimed = fold(requestText(requested, calm, true, NOW)({ status: "absent" }));
  const erased = fold(eraseText("r1", NOW)(claimed), claimed);
  expect(erased).toMatchObject({ status: "erased", registrationId: "r1" });
  expect(eraseText("r1", later(1))(erased)).toEqual([]);
  expect(startAttempt(calm, NOW)(erased)).toEqual([]);
  const neverRequested = fold(eraseText("r1", NOW)({ status: "absent" }));
  expect(requestText(requested, calm, true, NOW)(neverRequested)).toEqual([]);
});

test("while texts may be missing from the store, the first attempt has an unknown outcome; a repeat decides nothing", () => {
  const since = later(-HOUR);
  const decide = requestText(requested, calm, false, NOW, since);
  const events = decide({ status: "absent" });
  const { attemptId } = (events[1] as Extract<SmsEvent, { type: "SmsAttemptStarted" }>).data;
  expect(events).toEqual([
    { type: "SmsRequested", data: requested },
    { type: "SmsAttemptStarted", data: { attempt: 1, attemptId, startedAt: since.toISOString() } },
    {
      type: "SmsOutcomeUnknown",
      data: { attempt: 1, reason: "recovery", askAt: NOW.toISOString(), unknownSince: NOW.toISOString() },
    },
  ]);
  expect(decide(fold(events))).toEqual([]);
  expect(types(requestText(requested, { ...calm, owed: false }, false, NOW, since)({ status: "absent" }))).toEqual([
    "SmsRequested",
    "SmsWithdrawn",
  ]);
});
