import type { SmsEvent } from "@touchline/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failureOf, failureOfAnswer } from "../twilio/codes.ts";
import { stageOf } from "../twilio/statuses.ts";
import type { Circumstances } from "./circumstances.ts";
import { recordOutcome, requestText, startAttempt } from "./decide.ts";
import { recordReport } from "./report.ts";
import { isText, SET_ASIDE, type SmsState, smsAggregate, type Text } from "./state.ts";

const { evolve } = smsAggregate({ stageOf });

const START = Date.parse("2026-03-01T12:00:00.000Z");
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Codes known to be about this number. */
const NUMBER = [21_211, 21_614, 21_635, 30_005, 30_006, 21_610, 30_004, 30_003, 30_450, 14_107];
/** Codes known to be about this text. */
const MESSAGE = [30_008, 30_036];

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
  requestedAt: new Date(START).toISOString(),
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

/** One try of the text: how it is refused, and whether another text went since the last try. */
interface Try {
  readonly code: number;
  readonly at: "the door" | "the door, by HTTP status" | "a report";
  readonly status: number;
  readonly jitter: number;
  readonly othersWent: boolean;
}

const retryAtOf = (state: SmsState): number => Date.parse((isText(state) ? state.retry?.at : undefined) ?? "");

/** The text after each try, and how long each had to wait. */
const live = (tries: readonly Try[]) => {
  const apply = (state: SmsState, events: readonly SmsEvent[]) => events.reduce(evolve, state);
  let now = START;
  let state = apply({ status: "absent" }, requestText(requested, calm, false, new Date(now))({ status: "absent" }));
  const waits: number[] = [];
  for (const [i, { code, at, status, jitter, othersWent }] of tries.entries()) {
    const attempt = i + 1;
    const before = state;
    state = apply(state, startAttempt(calm, new Date(now))(state));
    if (state === before) break;
    const othersWentAt = othersWent ? new Date(now + 500) : undefined;
    const facts = { now: new Date(now + 1_000), jitter, othersWentAt };
    if (at === "a report") {
      const providerMessageId = `SM${attempt}`;
      const accepted = { attempt, outcome: { kind: "accepted", providerMessageId } as const, evidenceMs: MINUTE };
      state = apply(state, recordOutcome({ ...facts, ...accepted, now: new Date(now) })(state));
      const report = {
        providerMessageId,
        status: "failed",
        stage: "failed",
        failure: failureOf(String(code)),
      } as const;
      state = apply(state, recordReport({ ...facts, report, attempt, via: "callback" }, evolve)(state));
    } else {
      const failure = at === "the door" ? failureOf(String(code)) : failureOfAnswer(status, code);
      state = apply(
        state,
        recordOutcome({ ...facts, attempt, outcome: { kind: "refused", failure }, evidenceMs: 0 })(state),
      );
    }
    const retryAt = retryAtOf(state);
    if (Number.isNaN(retryAt)) break;
    waits.push(retryAt - now - 1_000);
    now = Math.max(retryAt, now + 1_000);
  }
  return { state, waits };
};

const code = fc
  .oneof(
    fc.integer({ min: 10_000, max: 99_999 }),
    fc.constantFrom(21_701, 21_705, 21_609, 21_730, 20_404, 30_454, 63_038, 30_500, 20_500),
  )
  .filter((n) => !NUMBER.includes(n) && !MESSAGE.includes(n));
const tryOf = (othersWent: boolean): fc.Arbitrary<Try> =>
  fc.record({
    code,
    at: fc.constantFrom("the door", "the door, by HTTP status", "a report"),
    status: fc.constantFrom(400, 401, 403, 404, 410, 422, 429),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    othersWent: fc.constant(othersWent),
  });

test("a code that is about neither the number nor the text ends no text, and the next try is soon", () => {
  fc.assert(
    fc.property(fc.array(tryOf(false), { minLength: 1, maxLength: 60 }), (tries) => {
      const { state, waits } = live(tries);
      expect(state).toMatchObject({ status: "ready" });
      expect(waits).toHaveLength(tries.length);
      // A text that was taken costs money.
      for (const [i, ms] of waits.entries())
        expect(ms).toBeLessThanOrEqual(tries[i]?.at === "a report" ? 5 * MINUTE : MINUTE);
    }),
  );
});

test.each(["the door", "a report"] as const)(
  "a text is set aside once an unknown code has refused it three times at %s while others went",
  (at) => {
    const refused = { code: 99_999, at, status: 400, jitter: 0.5 } as const;
    const three = [true, true, true].map((othersWent) => ({ ...refused, othersWent }));
    expect(live(three.slice(1)).state).toMatchObject({ status: "ready" });
    const aside = live([{ ...refused, othersWent: false }, ...three]).state as Text;
    expect(aside).toMatchObject({ closed: { as: "given_up", code: SET_ASIDE } });
    expect(aside.attempts).toHaveLength(4);
    expect(startAttempt(calm, new Date(START + DAY))(aside)).toEqual([]);
  },
);

test("faults of our account set no text aside, even if others go in between", () => {
  for (const code of [20_003, 63_038, 30_002, 21_701, 20_429]) {
    const tries = Array.from(
      { length: 50 },
      () => ({ code, at: "the door", status: 400, jitter: 0.5, othersWent: true }) as const,
    );
    expect(live(tries).state).toMatchObject({ status: "ready" });
  }
});

test("Retry-After overrides the plan, up to a day", () => {
  const failure = { ...failureOf("63038"), retryAfterMs: DAY };
  const state = [
    requestText(requested, calm, true, new Date(START)),
    recordOutcome({
      attempt: 1,
      outcome: { kind: "refused", failure },
      now: new Date(START),
      jitter: 1,
      evidenceMs: 0,
    }),
  ].reduce<SmsState>((known, decide) => decide(known).reduce(evolve, known), { status: "absent" });
  expect(retryAtOf(state)).toBe(START + DAY);
});
