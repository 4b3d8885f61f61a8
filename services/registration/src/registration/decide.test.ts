import { CORRECTIONS_MAX, RESENDS_MAX, type RegistrationEvent } from "@touchline/contracts";
import type { Decision } from "@touchline/event-store";
import { decides } from "@touchline/testing";
import { expect, test } from "vitest";
import { differences } from "./compare.ts";
import { cancel, complete, correctPhone, erase, resend } from "./decide.ts";
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

type Decide = Decision<RegistrationState, RegistrationEvent, unknown>;

/** The events of these decisions, each made on those of the ones before. */
const eventsOf = (...decisions: Decide[]): RegistrationEvent[] => {
  const events: RegistrationEvent[] = [];
  for (const decide of decisions) {
    const decided = decide(stateAfter(events));
    events.push(...("events" in decided ? decided.events : decided));
  }
  return events;
};

const stateAfter = (events: readonly RegistrationEvent[]): RegistrationState =>
  events.reduce(registrationAggregate.evolve, registrationAggregate.initial);

const given = (...decisions: Decide[]): RegistrationState => stateAfter(eventsOf(...decisions));

/** What a decision says after these, when it decides nothing. */
const refusalAfter = (before: readonly Decide[], decide: Decide): unknown =>
  decides(registrationAggregate, eventsOf(...before), decide, []).result;

const taken = complete("r1", content, fees, now);

test("a new registration is completed once, with the default fees if the gateway gave none", () => {
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

test("a fee of zero is a fee", () => {
  const free = { ...content, signingFeePence: 0 };
  const [event] = complete("r1", free, fees, now)(registrationAggregate.initial);
  expect(event?.data).toMatchObject({ signingFeePence: 0, defaultedFees: ["monthlyFeePence"] });
});

test("a repeat is compared with what was submitted, whatever was corrected and whatever our fees are now", () => {
  const state = given(taken, correctPhone("r1", "+447700900456", now)) as Known;
  expect(differences(state.completed, content)).toEqual([]);
  const changed = { ...content, parentPhone: "+447700900456", child: { firstName: "Zoe", lastName: "O'Neill" } };
  expect(differences(state.completed, changed).map((f) => f.field)).toEqual(["child.firstName", "parentPhone"]);
  expect(differences(state.completed, { ...content, signingFeePence: 1 }).map((f) => f.field)).toEqual([
    "signingFeePence",
  ]);
});

test("a repeat without the fee that was given before is a conflict", () => {
  const said = given(complete("r1", { ...content, signingFeePence: 4500 }, fees, now)) as Known;
  expect(differences(said.completed, content).map((f) => f.field)).toEqual(["signingFeePence"]);
});

const other = "+447700900456";
const first = correctPhone("r1", other, now);

test("a number is corrected to another one", () => {
  const data = { registrationId: "r1", parentPhone: other, count: 1, correctedAt: now.toISOString() };
  const { result } = decides(registrationAggregate, eventsOf(taken), first, [{ type: "ParentPhoneCorrected", data }]);
  expect(result).toEqual({ kind: "corrected" });
  expect(refusalAfter([taken, first], first)).toEqual({ kind: "unchanged" });
  expect(refusalAfter([], first)).toEqual({ kind: "not_found" });
  expect(refusalAfter([taken, cancel("r1", "", now)], first)).toEqual({ kind: "registration_cancelled" });
});

test("a number is corrected no more often than its texts go out", () => {
  const many = Array.from({ length: CORRECTIONS_MAX }, (_, i) => correctPhone("r1", `+4477009001${10 + i}`, now));
  expect(eventsOf(taken, ...many)).toHaveLength(1 + CORRECTIONS_MAX);
  expect(refusalAfter([taken, ...many], first)).toEqual({ kind: "too_many_corrections" });
});

test("a registration is cancelled once", () => {
  const off = cancel("r1", "moved away", now);
  const data = { registrationId: "r1", reason: "moved away", cancelledAt: now.toISOString() };
  const { result } = decides(registrationAggregate, eventsOf(taken), off, [{ type: "RegistrationCancelled", data }]);
  expect(result).toEqual({ kind: "cancelled" });
  expect(refusalAfter([taken, off], off)).toEqual({ kind: "cancelled_before" });
  expect(refusalAfter([], off)).toEqual({ kind: "not_found" });
});

test("the link is texted again at most once a minute, and a bounded number of times", () => {
  const again = (minute: number) => resend("r1", later(minute * 60));
  const data = { registrationId: "r1", count: 1, requestedAt: now.toISOString() };
  const once = decides(registrationAggregate, eventsOf(taken), again(0), [
    { type: "PaymentLinkResendRequested", data },
  ]);
  expect(once.result).toEqual({ kind: "resent", resends: 1 });
  expect(refusalAfter([taken, again(0)], resend("r1", later(59)))).toEqual({ kind: "too_soon", retryAfterMs: 1_000 });
  expect(eventsOf(taken, again(0), again(1))).toHaveLength(3);
  const all = [taken, ...Array.from({ length: RESENDS_MAX }, (_, i) => again(i))];
  expect(refusalAfter(all, resend("r1", later(86_400)))).toEqual({ kind: "too_many_resends" });
  expect(refusalAfter([], again(0))).toEqual({ kind: "not_found" });
  expect(refusalAfter([taken, cancel("r1", "", now)], again(0))).toEqual({ kind: "registration_cancelled" });
});

test("stored facts of a later version change nothing and are not refused", () => {
  const state = given(taken);
  expect(registrationAggregate.evolve(state, { type: "RegistrationPraised", data: {} } as never)).toEqual(state);
});

test("a registration is erased once, with what is needed to find its texts and to count its money", () => {
  const erased = erase("r1", "BRQ0001", later(1));
  const where = { team: "Tigers", ageGroup: "u10", season: "2526" };
  const data = { registrationId: "r1", billingRequestId: "BRQ0001", resends: 1, corrections: 1, ...where };
  const before = eventsOf(taken, resend("r1", now), first);
  const { result, state } = decides(registrationAggregate, before, erased, [
    { type: "RegistrationErased", data: { ...data, erasedAt: "2026-09-01T10:00:01.000Z" } },
  ]);
  expect(result).toEqual({ kind: "erased" });
  expect(state).toEqual({ status: "erased" });
  expect(refusalAfter([taken, erased], erased)).toEqual({ kind: "erased_before" });
  expect(refusalAfter([], erased)).toEqual({ kind: "not_found" });
});

test("an erased registration cannot be changed, cancelled, resent or submitted again", () => {
  const erased = [taken, erase("r1", undefined, now)];
  expect(refusalAfter(erased, taken)).toBeUndefined();
  for (const decide of [resend("r1", later(600)), first, cancel("r1", "", now)]) {
    expect(refusalAfter(erased, decide)).toEqual({ kind: "not_found" });
  }
});

test("the rest of an erased registration's stream still says that it is erased", () => {
  const [, event] = eventsOf(taken, erase("r1", undefined, now));
  expect(stateAfter(event ? [event] : [])).toEqual({ status: "erased" });
});
