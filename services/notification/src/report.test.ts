import { DatabaseSync } from "node:sqlite";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import { textsProjection } from "./projections/texts.ts";
import { failedBecause, rangeViolation, smsReport } from "./report.ts";
import { twilioWords } from "./twilio/words.ts";

/** Shortly after midnight in London's summer is still the day before in UTC. */
const LATE = "2026-07-09T23:30:00.000Z";
const NEXT = "2026-07-11T10:00:00.000Z";

const setUp = () => {
  const db = new DatabaseSync(":memory:");
  const projection = textsProjection({ abandonedAfterMs: 20_000, evidenceMs: 60_000 }, twilioWords);
  db.exec(projection.schema);
  const apply = projection.prepare(db);
  let position = 0n;
  const add = (smsId: string, type: string, data: object) =>
    apply(storedEvent(`sms-${smsId}`, type, data, { position: ++position }));
  const request = (smsId: string, at: string) =>
    add(smsId, "SmsRequested", {
      smsId,
      registrationId: smsId,
      billingRequestId: "BRQ0001",
      purpose: "payment_link",
      count: 0,
      to: "+447700900123",
      body: "a text",
      encoding: "GSM-7",
      segments: 1,
      requestedAt: at,
    });
  const send = (smsId: string, at: string, report?: object) => {
    const providerMessageId = `SM-${smsId}`;
    request(smsId, at);
    add(smsId, "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt: at });
    add(smsId, "SmsAccepted", { attempt: 1, providerMessageId, segments: 2, via: "answer", acceptedAt: at });
    if (report) add(smsId, "SmsStatusReported", { providerMessageId, via: "poll", reportedAt: at, ...report });
  };
  return { db, add, request, send };
};

test("the report has sent, delivered, failed by reason, segments and cost for each London day", () => {
  const { db, add, request, send } = setUp();
  send("a", LATE, { status: "delivered", priceMicros: 80_000, priceUnit: "USD" });
  send("b", LATE, { status: "undelivered", errorCode: "30005", priceMicros: 80_000, priceUnit: "USD" });
  send("c", NEXT);
  request("d", NEXT);
  add("d", "SmsAttemptStarted", { attempt: 1, attemptId: "x", startedAt: NEXT });
  add("d", "SmsRejected", { attempt: 1, code: "21614", reason: "", rejectedAt: NEXT });

  const days = smsReport(db, "2026-07-10", "2026-07-12");
  expect(days).toEqual([
    {
      day: "2026-07-10",
      sent: 2,
      delivered: 1,
      failed: { 30005: 1 },
      segments: 4,
      costMicros: { USD: 160_000 },
      unpriced: 0,
    },
    { day: "2026-07-11", sent: 1, delivered: 0, failed: { 21614: 1 }, segments: 2, costMicros: {}, unpriced: 1 },
    { day: "2026-07-12", sent: 0, delivered: 0, failed: {}, segments: 0, costMicros: {}, unpriced: 0 },
  ]);
  expect(failedBecause("21614")).toBe("The number is not a mobile number.");
});

test("days without texts are listed too, including clock changes, leap days and the last day of the calendar", () => {
  const { db, send } = setUp();
  send("a", "2026-10-25T00:30:00.000Z");
  send("b", "2026-10-25T23:30:00.000Z");
  const days = (from: string, to: string) => smsReport(db, from, to).map(({ day, sent }) => [day, sent]);
  expect(days("2026-10-24", "2026-10-26")).toEqual([
    ["2026-10-24", 0],
    ["2026-10-25", 2],
    ["2026-10-26", 0],
  ]);
  expect(days("2026-03-28", "2026-03-30").map(([day]) => day)).toEqual(["2026-03-28", "2026-03-29", "2026-03-30"]);
  expect(days("2028-02-28", "2028-03-01")).toHaveLength(3);
  expect(days("0001-01-01", "0001-01-02")).toHaveLength(2);
  expect(days("9999-12-30", "9999-12-31")).toHaveLength(2);
});

test("a range that is reversed or too long is refused", () => {
  expect(rangeViolation("2026-03-01", "2026-03-01")).toBeUndefined();
  expect(rangeViolation("2020-01-01", "2029-12-31")).toBeUndefined();
  expect(rangeViolation("2026-03-02", "2026-03-01")).toMatch(/after the last/);
  expect(rangeViolation("2026-03-02", "9999-12-31")).toMatch(/ten years/);
});

test("the view has neither numbers nor bodies", () => {
  const { db, send } = setUp();
  send("a", LATE);
  expect(JSON.stringify(db.prepare("SELECT * FROM texts").all())).not.toMatch(/7700900123|a text/);
});
