import { expect, test } from "vitest";
import { differences } from "./compare.ts";
import {
  CORRECTIONS_MAX,
  cancel,
  complete,
  correctPhone,
  erase,
  RESENDS_MAX,
  resend,
  resendRefusal,
} from "./decide.ts";
import { type Known, type RegistrationState, registrationAggregate } from "./state.ts";
import type { Content } from "./validate.ts";

const now = new Date("2026-09-01T10:00:00.000Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const fees = { signingFeePence: 4500, monthlyFeePence: 2750 };
const content: Content = {
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "+447700900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: -1,
};

const given = (...decisions: ((state: RegistrationState) => readonly object[])[]): RegistrationState =>
  decisions.reduce<RegistrationState>(
    (state, decide) =>
      decide(state).reduce<RegistrationState>((s, e) => registrationAggregate.evolve(s, e as never), state),
    registrationAggregate.initial,
  );

const taken = complete("r1", content, fees, now);

test("a new registration is completed once, with the fees that the gateway left to us", () => {
  const [event, ...rest] = taken(registrationAggregate.initial);
  expect(rest).toEqual([]);
  expect(event).toEqual({
    type: "RegistrationCompleted",
    data: {
      registrationId: "r1",
      ...content,
      ...fees,
      defaultedFees: ["signingFeePence", "monthlyFeePence"],
      acceptedAt: "2026-09-01T10:00:00.000Z",
    },
  });
  expect(complete("r1", content, fees, later(5))(given(taken))).toEqual([]);
});

test("a fee of nothing is a fee", () => {
  const free = { ...content, signingFeePence: 0 };
  const [event] = complete("r1", free, fees, now)(registrationAggregate.initial);
  expect(event?.data).toMatchObject({ signingFeePence: 0, defaultedFees: ["monthlyFeePence"] });
});

test("a repeat is compared with what was handed in, whatever was corrected and whatever our fees are now", () => {
  const state = given(taken, correctPhone("r1", "+447700900456", now)) as Known;
  expect(differences(state.completed, content)).toEqual([]);
  const other = { ...content, parentPhone: "+447700900456", child: { firstName: "Zoe", lastName: "O'Neill" } };
  expect(differences(state.completed, other).map((f) => f.field)).toEqual(["child.firstName", "parentPhone"]);
  expect(differences(state.completed, { ...content, signingFeePence: 1 }).map((f) => f.field)).toEqual([
    "signingFeePence",
  ]);
});

test("a fee that was said is missed in a repeat without it", () => {
  const said = given(complete("r1", { ...content, signingFeePence: 4500 }, fees, now)) as Known;
  expect(differences(said.completed, content).map((f) => f.field)).toEqual(["signingFeePence"]);
});

test("a number is corrected to another one, a bounded number of times, and not after the end", () => {
  const first = correctPhone("r1", "+447700900456", now);
  expect(first(given(taken))).toMatchObject([{ type: "ParentPhoneCorrected", data: { count: 1 } }]);
  expect(first(given(taken, first))).toEqual([]);
  expect(first(given())).toEqual([]);
  expect(first(given(taken, cancel("r1", "", now)))).toEqual([]);
  const many = Array.from({ length: CORRECTIONS_MAX }, (_, i) => correctPhone("r1", `+4477009001${10 + i}`, now));
  expect(first(given(taken, ...many))).toEqual([]);
});

test("a registration is cancelled once", () => {
  const off = cancel("r1", "moved away", now);
  expect(off(given(taken))).toMatchObject([{ type: "RegistrationCancelled", data: { reason: "moved away" } }]);
  expect(off(given(taken, off))).toEqual([]);
  expect(off(given())).toEqual([]);
});

test("the link is texted again at most once a minute and five times", () => {
  const again = (minute: number) => resend("r1", later(minute * 60));
  expect(again(0)(given(taken))).toMatchObject([{ type: "PaymentLinkResendRequested", data: { count: 1 } }]);
  expect(resendRefusal(given(taken, again(0)), later(59))).toEqual({ why: "too_soon", retryAfterMs: 1_000 });
  expect(resend("r1", later(59))(given(taken, again(0)))).toEqual([]);
  expect(again(1)(given(taken, again(0)))).toHaveLength(1);
  const five = given(taken, ...Array.from({ length: RESENDS_MAX }, (_, i) => again(i)));
  expect(resendRefusal(five, later(86_400))).toEqual({ why: "too_many" });
  expect(again(99)(five)).toEqual([]);
  expect(resendRefusal(given(), now)).toEqual({ why: "unknown" });
  expect(resendRefusal(given(taken, cancel("r1", "", now)), now)).toEqual({ why: "cancelled" });
});

test("stored facts of a later version change nothing and are not refused", () => {
  const state = given(taken);
  expect(registrationAggregate.evolve(state, { type: "RegistrationPraised", data: {} } as never)).toEqual(state);
});

test("an erased registration is nothing that anybody could change, cancel, resend or take in", () => {
  const resent = given(taken, resend("r1", now), correctPhone("r1", "+447700900456", now));
  expect(erase("r1", "BRQ0001", later(1))(resent)).toEqual([
    {
      type: "RegistrationErased",
      data: {
        registrationId: "r1",
        billingRequestId: "BRQ0001",
        resends: 1,
        corrections: 1,
        erasedAt: "2026-09-01T10:00:01.000Z",
      },
    },
  ]);
  const erased = given(taken, erase("r1", undefined, now));
  for (const decide of [
    taken,
    erase("r1", undefined, now),
    resend("r1", later(600)),
    correctPhone("r1", "+447700900456", now),
    cancel("r1", "", now),
  ]) {
    expect(decide(erased)).toEqual([]);
  }
  expect(erase("r1", undefined, now)(registrationAggregate.initial)).toEqual([]);
  expect(resendRefusal(erased, now)).toEqual({ why: "unknown" });
});

test("what is left of an erased registration's stream still says that it is erased", () => {
  const [event] = erase("r1", undefined, now)(given(taken));
  expect(registrationAggregate.evolve(registrationAggregate.initial, event as never)).toEqual({ status: "erased" });
});
