import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue, type SmsEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { stageOf } from "../twilio/statuses.ts";
import { type SmsState, smsAggregate } from "./state.ts";

const { evolve } = smsAggregate({ stageOf });

const FOLDER = join(import.meta.dirname, "../../test/fixtures/events");
/** Frozen: these shapes are stored somewhere and must stay readable. A new shape gets a new file. */
const stored = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file.replace(".json", ""), JSON.parse(readFileSync(join(FOLDER, file), "utf8"))]),
) as Record<string, SmsEvent>;

const fold = (...types: string[]) =>
  types.reduce<SmsState>((state, type) => evolve(state, stored[type] as SmsEvent), { status: "absent" });

test("every event that the service stores has a frozen example", () => {
  const own = [...catalogue.values()].filter((d) => d.producer === "notification").map((d) => d.type);
  expect(Object.keys(stored).sort()).toEqual(own.sort());
});

test.each(Object.keys(stored))("%s still fits its schema", (type) => {
  expect(catalogue.get(type)?.faults(stored[type]?.data)).toEqual([]);
});

const taken = ["SmsRequested", "SmsAttemptStarted", "SmsAccepted"];
test.each([
  [["SmsRequested"], "ready"],
  [["SmsRequested", "SmsAttemptStarted"], "attempting"],
  [["SmsRequested", "SmsAttemptStarted", "SmsOutcomeUnknown"], "unknown"],
  [["SmsRequested", "SmsAttemptStarted", "SmsOutcomeUnknown", "SmsNotFound"], "ready"],
  [["SmsRequested", "SmsAttemptStarted", "SmsDeferred"], "ready"],
  [["SmsRequested", "SmsAttemptStarted", "SmsRejected"], "rejected"],
  [["SmsRequested", "SmsWithdrawn"], "withdrawn"],
  [taken, "accepted"],
  [[...taken, "SmsStatusReported"], "undelivered"],
  [[...taken, "SmsStatusReported", "SmsRetryScheduled"], "ready"],
  [[...taken, "SmsGivenUp"], "given_up"],
  [["SmsLineTaken", "PhoneOptedOut"], "absent"],
] as const)("%j is read as %s", (types, status) => {
  expect(fold(...types).status).toBe(status);
});
