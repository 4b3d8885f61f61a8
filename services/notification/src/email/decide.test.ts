import type { EmailEvent } from "@touchline/contracts";
import { decides } from "@touchline/testing";
import { describe, expect, test } from "vitest";
import { composeEmail } from "./compose.ts";
import { ABANDONED_AFTER_MS, abandonAttempt, eraseEmail, recordOutcome, requestEmail, startAttempt } from "./decide.ts";
import { emailAggregate } from "./state.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const at = NOW.toISOString();
const later = (ms: number) => new Date(NOW.getTime() + ms);
const MINUTE = 60_000;

const data = composeEmail(
  {
    registrationId: "r1",
    billingRequestId: "BRQ0001ABC",
    smsId: "6f1c0000-0000-5000-8000-000000000001",
    reason: "number_refused",
    round: 0,
    to: "sam@example.org",
    childName: "Ann",
    clubName: "Your Club",
    text: "Pay when convenient: https://club.example/reg_setup/BRQ0001ABC",
  },
  NOW,
);
const requested: EmailEvent = { type: "EmailRequested", data };
const started = (attempt = 1, when = NOW): EmailEvent => ({
  type: "EmailAttemptStarted",
  data: { attempt, startedAt: when.toISOString() },
});

test("the e-mail says why we send it, and what the text says", () => {
  expect(data).toMatchObject({ to: "sam@example.org", subject: "Your Club: the payment link for Ann" });
  expect(data.body).toMatch(/cannot receive texts.*https:\/\/club\.example\/reg_setup\/BRQ0001ABC.*Your Club\n$/s);
});

test("an e-mail is requested once and attempted once", () => {
  decides(emailAggregate, [], requestEmail(data), [requested]);
  decides(emailAggregate, [requested], startAttempt(undefined, NOW), [started()]);
});

test("after a restore it may have been sent before, so it is not sent", () => {
  const { state } = decides(emailAggregate, [], requestEmail(data, later(-MINUTE)), [
    requested,
    started(1, later(-MINUTE)),
    { type: "EmailOutcomeUnknown", data: { attempt: 1, code: "recovery", unknownSince: at } },
  ]);
  expect(startAttempt(undefined, NOW)(state)).toEqual([]);
});

test("an e-mail that is no longer wanted is withdrawn, not attempted", () => {
  const withdrawn: EmailEvent = { type: "EmailWithdrawn", data: { code: "paid", withdrawnAt: at } };
  const { state } = decides(emailAggregate, [requested], startAttempt("paid", NOW), [withdrawn]);
  expect(startAttempt(undefined, NOW)(state)).toEqual([]);
});

describe("the outcome of an attempt", () => {
  const given = [requested, started()];

  test.each([
    [{ kind: "sent" }, { type: "EmailSent", data: { attempt: 1, sentAt: at } }],
    [
      { kind: "refused", code: "550" },
      { type: "EmailRefused", data: { attempt: 1, code: "550", refusedAt: at } },
    ],
    [
      { kind: "unknown", code: "ECONNECTION" },
      { type: "EmailOutcomeUnknown", data: { attempt: 1, code: "ECONNECTION", unknownSince: at } },
    ],
  ] as const)("%o is final", (outcome, event) => {
    const { state } = decides(emailAggregate, given, recordOutcome(1, outcome, NOW), [event]);
    expect(startAttempt(undefined, later(30 * 86_400_000))(state)).toEqual([]);
  });

  test("a deferred attempt is retried after a while, but not for ever", () => {
    const outcome = { kind: "later", code: "451" } as const;
    const deferredAt = at;
    const retryAt = later(MINUTE).toISOString();
    const { state } = decides(emailAggregate, given, recordOutcome(1, outcome, NOW), [
      { type: "EmailDeferred", data: { attempt: 1, code: "451", retryAt, deferredAt } },
    ]);
    expect(startAttempt(undefined, later(MINUTE - 1))(state)).toEqual([]);
    expect(startAttempt(undefined, later(MINUTE))(state)).toEqual([started(2, later(MINUTE))]);
    const eighth = { ...state, status: "attempting", attempts: 8 } as typeof state;
    expect(recordOutcome(8, outcome, NOW)(eighth)).toEqual([
      { type: "EmailRefused", data: { attempt: 8, code: "451", refusedAt: at } },
    ]);
  });

  test("an outcome that nobody recorded is unknown, and never retried", () => {
    const unknownSince = later(ABANDONED_AFTER_MS).toISOString();
    expect(
      abandonAttempt(later(ABANDONED_AFTER_MS - 1))(given.reduce(emailAggregate.evolve, { status: "absent" })),
    ).toEqual([]);
    const { state } = decides(emailAggregate, given, abandonAttempt(later(ABANDONED_AFTER_MS)), [
      { type: "EmailOutcomeUnknown", data: { attempt: 1, code: "abandoned", unknownSince } },
    ]);
    expect(recordOutcome(1, { kind: "sent" }, NOW)(state)).toEqual([]);
    expect(startAttempt(undefined, later(86_400_000))(state)).toEqual([]);
  });
});

test("an erased e-mail is forgotten or never requested", () => {
  const erased: EmailEvent = { type: "EmailErased", data: { registrationId: "r1", erasedAt: at } };
  decides(emailAggregate, [requested, started()], eraseEmail("r1", NOW), [erased]);
  const { state } = decides(emailAggregate, [], eraseEmail("r1", NOW), [erased]);
  expect(requestEmail(data)(state)).toEqual([]);
  expect([requested, started()].reduce(emailAggregate.evolve, state)).toEqual({ status: "erased" });
});
