import { DatabaseSync } from "node:sqlite";
import type { SmsEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import { projectionFiles as notificationFiles } from "@touchline/notification/projections";
import {
  announcing,
  isText,
  recordOutcome,
  recordReport,
  type SmsState,
  smsAggregate,
  type Text,
} from "@touchline/notification/sms";
import { twilioWords } from "@touchline/notification/twilio-words";
import type { Fold, Projection } from "@touchline/projections";
import { createQueries, type Row, registrationsProjection, statesOf } from "@touchline/registration";
import { storedEvent } from "@touchline/testing";
import { describeEvent, failureWords } from "@touchline/timeline";
import { afterAll, expect, test } from "vitest";

const { stageOf, failureOf } = twilioWords;
const { evolve, initial } = smsAggregate(twilioWords);
const now = new Date("2026-03-01T12:00:00.000Z");
const at = now.toISOString();
const providerMessageId = `SM${"0".repeat(32)}`;

type Step = (state: SmsState) => SmsEvent[];

const answer: Step = recordOutcome({
  attempt: 1,
  outcome: { kind: "accepted", providerMessageId },
  now,
  jitter: 0,
  evidenceMs: 1,
});
const report = (status: string, errorCode?: string): Step =>
  recordReport(
    {
      report: {
        providerMessageId,
        status,
        stage: stageOf(status),
        ...(errorCode && { failure: failureOf(errorCode) }),
      },
      attempt: 1,
      via: "callback",
      now,
      jitter: 0,
    },
    evolve,
  );

/** The text's events when the steps are taken in this order, each decision with its announcement, as the service appends them. */
const play = (registrationId: string, steps: readonly Step[]): { state: SmsState; events: SmsEvent[] } => {
  const smsId = `sms-of-${registrationId}`;
  const request: SmsEvent = {
    type: "SmsRequested",
    data: {
      smsId,
      registrationId,
      billingRequestId: "BRQ0001",
      purpose: "payment_link",
      count: 0,
      to: "+447700900123",
      body: "a text",
      encoding: "GSM-7",
      segments: 1,
      requestedAt: at,
    },
  };
  const start: SmsEvent = {
    type: "SmsAttemptStarted",
    data: { attempt: 1, attemptId: `${smsId}.1`, startedAt: at },
  };
  const all: Step[] = [() => [request, start], ...steps];
  const events: SmsEvent[] = [];
  let state: SmsState = initial;
  for (const step of all) {
    const decided = announcing(step, evolve, failureOf, now)(state);
    state = decided.reduce<SmsState>(evolve, state);
    events.push(...decided);
  }
  return { state, events };
};

const openView = (projection: Projection): { db: DatabaseSync; apply: Fold } => {
  const db = new DatabaseSync(":memory:");
  db.exec(projection.schema);
  return { db, apply: projection.prepare(db, () => {}) };
};

const registrations = openView(registrationsProjection);
const textsView = notificationFiles({}).find(({ projection }) => projection.name === "texts");
if (!textsView) throw new Error("The notification service has no view of texts.");
const texts = openView(textsView.projection);
const queries = createQueries(registrations.db, () => new Date());
const announcedOf = texts.db.prepare("SELECT announced FROM texts WHERE registration_id = ?");

afterAll(() => {
  registrations.db.close();
  texts.db.close();
});

let position = 0n;

const store = (stream: string, type: string, data: object): StoredEvent => {
  position += 1n;
  const event = storedEvent(stream, type, data, { position, created: now });
  registrations.apply(event);
  if (stream.startsWith("sms-")) texts.apply(event);
  return event;
};

const register = (registrationId: string): StoredEvent =>
  store(`registration-${registrationId}`, "RegistrationCompleted", {
    registrationId,
    child: { firstName: "Zoë", lastName: "O'Neill" },
    parent: { firstName: "Sam", lastName: "O'Neill" },
    parentPhone: "+447700900123",
    team: "Tigers",
    ageGroup: "u10",
    season: "2526",
    preferredPaymentDay: 1,
    signingFeePence: 100,
    monthlyFeePence: 100,
    defaultedFees: [],
    acceptedAt: at,
  });

/** What a row says about the text. */
const textColumns = (row: Row | undefined) => ({
  status: row?.sms_delivery_status,
  error: row?.sms_delivery_error,
  sentAt: row?.sms_sent_at,
  attempts: row?.sms_attempts,
  segments: row?.sms_segments,
  needsCorrection: row?.phone_needs_correction,
  refusesTexts: row?.phone_refuses_texts,
});

/** What the owner announced, as a row should say it. */
const expectedColumns = ({ announced }: Text) => ({
  status: announced?.status,
  error: announced?.failure ? failureWords(announced.failure, announced.code) : null,
  sentAt: announced?.sentAt ?? null,
  attempts: announced?.attempt,
  segments: announced?.segments,
  needsCorrection: announced?.numberProblem ? 1 : 0,
  refusesTexts: announced?.numberProblem === "refused" ? 1 : 0,
});

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : [...new Set(items)].flatMap((first) =>
        permutations(items.toSpliced(items.indexOf(first), 1)).map((rest) => [first, ...rest]),
      );

test.each<[string, readonly Step[]]>([
  ["delivered", [answer, report("sending"), report("sent"), report("delivered")]],
  ["failed, then undelivered", [answer, report("sent"), report("failed", "30008"), report("undelivered", "30003")]],
  ["no longer in use", [answer, report("queued"), report("sent"), report("undelivered", "30005")]],
  ["blocked for minutes", [answer, report("sent"), report("undelivered", "30450")]],
  ["blocked as a sender", [answer, report("sent"), report("undelivered", "30042")]],
  ["delivered late", [answer, report("sent"), report("undelivered", "30003"), report("delivered")]],
  ["cancelled at Twilio", [answer, report("sent"), report("canceled")]],
])("every order of the reports, with any of them twice, shows alike in every view: %s", (name, steps) => {
  const orders = [steps, ...steps.map((again) => [...steps, again])].flatMap((some) => permutations(some));
  const ends = orders.map((order, i) => {
    const registrationId = `${name.replaceAll(/\W/g, "-")}-${i}`;
    const { state, events } = play(registrationId, order);
    if (!isText(state)) throw new Error("The text was not requested.");
    const history = [register(registrationId)];
    for (const { type, data } of events) history.push(store(`sms-sms-of-${registrationId}`, type, data));
    registrations.apply.flush?.();
    texts.apply.flush?.();

    const columns = textColumns(queries.get(registrationId));
    expect(columns).toEqual(expectedColumns(state));
    // WatchRegistration's last answer, and notification's own view.
    expect(textColumns(statesOf(history).at(-1))).toEqual(columns);
    expect(announcedOf.get(registrationId)).toEqual({ announced: 1 });
    // The timeline's last line.
    const last = history.findLast(({ type }) => type === "TextStatusChanged");
    if (columns.error) expect(last && describeEvent(last).detail).toContain(columns.error);
    return columns;
  });
  expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
});
