import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { projectionFiles } from "@touchline/notification/projections";
import { storedEvent, temporaryFolder } from "@touchline/testing";
import { expect, onTestFinished, test } from "vitest";
import { ops } from "./touchline.ts";

const at = "2026-07-10T10:00:00.000Z";

/** A view of texts, each with what Twilio said of it. */
const viewWith = (reports: readonly object[]): string => {
  const { path: dataDir, remove } = temporaryFolder("sms-report");
  onTestFinished(remove);
  const [texts] = projectionFiles({ DATA_DIR: dataDir });
  if (!texts) throw new Error("There is no view of texts.");
  mkdirSync(dirname(texts.path));
  const db = new DatabaseSync(texts.path);
  db.exec(texts.projection.schema);
  const apply = texts.projection.prepare(db);
  let position = 0n;
  const add = (smsId: string, type: string, data: object) =>
    apply(storedEvent(`sms-${smsId}`, type, data, { position: ++position }));
  reports.forEach((report, i) => {
    const [smsId, providerMessageId] = [`text-${i}`, `SM${i}`];
    const link = { registrationId: smsId, billingRequestId: "BRQ0001", purpose: "payment_link", count: 0 };
    const text = { to: "+447700900123", body: "a text", encoding: "GSM-7", segments: 2 };
    add(smsId, "SmsRequested", { smsId, ...link, ...text, requestedAt: at });
    add(smsId, "SmsAttemptStarted", { attempt: 1, attemptId: smsId, startedAt: at });
    add(smsId, "SmsAccepted", { attempt: 1, providerMessageId, segments: 2, via: "answer", acceptedAt: at });
    add(smsId, "SmsStatusReported", { providerMessageId, via: "poll", reportedAt: at, ...report });
  });
  db.close();
  return dataDir;
};

test("the report of texts has a line for each day, and the reasons of failures in words", async () => {
  const DATA_DIR = viewWith([
    { status: "delivered", priceMicros: 80_000, priceUnit: "USD" },
    { status: "undelivered", errorCode: "30005", priceMicros: 80_000, priceUnit: "USD" },
    { status: "undelivered", errorCode: "30005" },
  ]);
  const report = async (...args: string[]) =>
    (await ops({ DATA_DIR }, "sms", "report", "--from", "2026-07-10", "--to", "2026-07-11", ...args)).out;
  expect(await report()).toBe(
    `${[
      "day         sent  delivered  failed  segments  cost",
      "2026-07-10     3          1       2         6  USD 0.1600 (1 without a price yet)",
      "2026-07-11     0          0       0         0",
      "",
      "Failed, by reason:",
      "  2 × 30005: The number is unknown to the network or no longer in use.",
    ].join("\n")}\n`,
  );
  expect((await report("--csv")).split("\r\n").slice(0, 2)).toEqual([
    "\uFEFFday,sent,delivered,failed,failed_by_reason,segments,cost,unpriced",
    "2026-07-10,3,1,2,30005 2,6,USD 0.1600,1",
  ]);
  expect(JSON.parse(await report("--json"))[0]).toMatchObject({ failed: { 30005: 2 }, costMicros: { USD: 160_000 } });
});
