import type { SmsEvent } from "@touchline/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failureOf } from "../twilio/codes.ts";
import { stageOf } from "../twilio/statuses.ts";
import { announcementOf, announcing } from "./announce.ts";
import { recordOutcome } from "./decide.ts";
import { recordReply } from "./reply.ts";
import { recordReport } from "./report.ts";
import { type Announcement, isText, type SmsState, smsAggregate, type Text } from "./state.ts";

const { evolve } = smsAggregate({ stageOf });

const NOW = new Date("2026-03-01T12:00:00.000Z");
const SID = `SM${"0".repeat(32)}`;

const requested: SmsEvent = {
  type: "SmsRequested",
  data: {
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
  },
};
const started: SmsEvent = {
  type: "SmsAttemptStarted",
  data: { attempt: 1, attemptId: "x.1", startedAt: NOW.toISOString() },
};

type Step = (state: SmsState) => SmsEvent[];
const report = (status: string, errorCode?: number, via: "callback" | "list" | "poll" = "callback"): Step =>
  recordReport(
    {
      report: {
        providerMessageId: SID,
        status,
        stage: stageOf(status),
        ...(errorCode && { failure: failureOf(String(errorCode)) }),
      },
      ...(via !== "poll" && { attempt: 1 }),
      via,
      now: NOW,
      jitter: 0,
    },
    evolve,
  );
const answer: Step = recordOutcome({
  attempt: 1,
  outcome: { kind: "accepted", providerMessageId: SID },
  now: NOW,
  jitter: 0,
  evidenceMs: 1,
});
const timeout: Step = recordOutcome({
  attempt: 1,
  outcome: { kind: "unknown", reason: "" },
  now: NOW,
  jitter: 0,
  evidenceMs: 1,
});

const endOf = (steps: readonly Step[]) =>
  steps.reduce<SmsState>(
    (state, step) => step(state).reduce(evolve, state),
    [requested, started].reduce(evolve, {
      status: "absent",
    } as SmsState),
  );

/** What a view shows, whichever way we learnt it. */
const seen = (state: SmsState) => {
  const message = isText(state) ? state.messages[SID] : undefined;
  return { status: state.status, stage: message?.stage, errorCode: message?.errorCode, parked: message?.parked };
};

/** Sequences as Twilio sends them, each with the answer, or a time-out and evidence instead. */
const sequences: Readonly<Record<string, readonly Step[]>> = {
  delivered: [answer, report("sending"), report("sent"), report("delivered")],
  "delivered, answer lost": [timeout, report("sent"), report("delivered"), report("sent", undefined, "list")],
  undelivered: [answer, report("sent"), report("undelivered", 30_005)],
  "refused by the carrier": [answer, report("failed", 30_006)],
  "undelivered, then delivered late": [answer, report("sent"), report("undelivered", 30_005), report("delivered")],
  "with an unknown status": [answer, report("sent"), report("levitating"), report("delivered")],
  canceled: [answer, report("canceled")],
};

test.each(Object.entries(sequences))("the reports in any order, with repeats, give the same result: %s", (_, steps) => {
  const end = seen(endOf(steps));
  expect(end.status).not.toBe("attempting");
  fc.assert(
    fc.property(
      fc
        .shuffledSubarray([...steps, ...steps], { minLength: steps.length })
        .filter((s) => steps.every((x) => s.includes(x))),
      (shuffled) => {
        expect(seen(endOf(shuffled))).toEqual(end);
      },
    ),
  );
});

/** Each order of the items; equal items are interchangeable. */
const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : [...new Set(items)].flatMap((first) => {
        const rest = items.toSpliced(items.indexOf(first), 1);
        return permutations(rest).map((others) => [first, ...others]);
      });

/** Plays the steps as stored, each with its announcement. */
const lastAnnounced = (steps: readonly Step[]): Announcement | undefined => {
  let state = [requested, started].reduce<SmsState>(evolve, { status: "absent" });
  for (const step of steps) state = announcing(step, evolve, failureOf, NOW)(state).reduce(evolve, state);
  return isText(state) ? state.announced : undefined;
};

test.each<[string, readonly Step[], Partial<Announcement>]>([
  ["delivered", [answer, report("sending"), report("sent"), report("delivered")], { status: "delivered" }],
  ["delivered, answer lost", [timeout, report("sent"), report("delivered")], { status: "delivered" }],
  [
    "failed, then undelivered",
    [answer, report("sent"), report("failed", 30_008), report("undelivered", 30_003)],
    { status: "undelivered", failure: "number_unreachable", code: "30003", numberProblem: "unreachable" },
  ],
  [
    "no longer in use",
    [answer, report("queued"), report("sent"), report("undelivered", 30_005)],
    { status: "undelivered", failure: "number_not_in_service", code: "30005", numberProblem: "refused" },
  ],
  [
    "filtered by the network",
    [answer, report("sent"), report("undelivered", 30_007)],
    { status: "undelivered", failure: "account_problem", code: "30007" },
  ],
  [
    "undelivered, then delivered late",
    [answer, report("sent"), report("undelivered", 30_003), report("delivered")],
    { status: "delivered" },
  ],
  ["canceled", [answer, report("sent"), report("canceled")], { status: "failed", failure: "cancelled_at_provider" }],
])("the reports in any order, with repeats, end in the same announcement: %s", (_, steps, expected) => {
  const all = [steps, ...steps.map((again) => [...steps, again])].flatMap((some) => permutations(some));
  expect(all.length).toBeGreaterThanOrEqual(6 * steps.length);
  const common = { attempt: 1, segments: 1, sentAt: NOW.toISOString() };
  for (const order of all) {
    expect(lastAnnounced(order)).toEqual({ ...common, ...expected });
    expect(announcementOf(endOf(order) as Text, failureOf)).toEqual(lastAnnounced(order));
  }
});

test("stored reports end in the same announcement, whatever their order", () => {
  const accepted: SmsEvent = {
    type: "SmsAccepted",
    data: { attempt: 1, providerMessageId: SID, via: "answer", acceptedAt: NOW.toISOString() },
  };
  const stored = (status: string, errorCode?: string): SmsEvent => ({
    type: "SmsStatusReported",
    data: {
      providerMessageId: SID,
      status,
      ...(errorCode && { errorCode }),
      via: "callback",
      reportedAt: NOW.toISOString(),
    },
  });
  const reports = [stored("sent"), stored("failed", "30008"), stored("undelivered", "30003"), stored("sent")];
  for (const order of permutations(reports)) {
    const state = [requested, started, accepted, ...order].reduce<SmsState>(evolve, { status: "absent" });
    expect(announcementOf(state as Text, failureOf)).toMatchObject({ status: "undelivered", code: "30003" });
  }
});

test("whatever is reported in whatever order, a delivery wins, and nothing is lost or thrown", () => {
  const words = ["queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "read", "?"];
  const step = fc.constantFrom(
    answer,
    timeout,
    ...words.flatMap((w) => [report(w), report(w, 30_003), report(w, undefined, "list")]),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 6 }), (before, after) => {
      expect(endOf([...before, report("delivered"), ...after]).status).toBe("delivered");
    }),
  );
});

test("replies do not change how a text ends, and their order does not matter", () => {
  const reply = (replyId: string): Step => recordReply({ replyId, body: "who is this?" }, NOW);
  const steps = [answer, reply("SM1"), report("delivered"), reply("SM2"), reply("SM1")];
  for (const order of permutations(steps)) {
    const end = endOf(order) as Text;
    expect({ ...seen(end), replies: end.replies }).toEqual({ ...seen(endOf(steps)), replies: ["SM1", "SM2"] });
    expect(lastAnnounced(order)).toMatchObject({ status: "delivered" });
  }
});
