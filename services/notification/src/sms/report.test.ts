import type { SmsEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { failureOf } from "../twilio/codes.ts";
import { stageOf } from "../twilio/statuses.ts";
import { recordReport } from "./report.ts";
import { type SmsState, smsAggregate } from "./state.ts";

const { evolve } = smsAggregate({ stageOf });
const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));

const attempt = (number: number, minute: number): SmsEvent[] => [
  {
    type: "SmsAttemptStarted",
    data: { attempt: number, attemptId: `a.${number}`, startedAt: at(minute).toISOString() },
  },
  {
    type: "SmsAccepted",
    data: { attempt: number, providerMessageId: `SM${number}`, via: "answer", acceptedAt: at(minute).toISOString() },
  },
];

/** What a look at the message of an attempt decides. */
const undelivered = (number: number, code: string, minute: number, more: { priceMicros?: number } = {}) => {
  const failure = failureOf(code);
  const report = {
    providerMessageId: `SM${number}`,
    status: "undelivered",
    stage: "undelivered",
    failure,
    ...more,
  } as const;
  return recordReport({ report, via: "poll", now: at(minute), jitter: 0.5 }, evolve);
};

test("the price of an earlier message does not bring a text back whose number is out of service", () => {
  const take = (state: SmsState, events: readonly SmsEvent[]) => events.reduce(evolve, state);
  let state = take({ status: "absent" }, [requested as SmsEvent, ...attempt(1, 0)]);
  state = take(state, undelivered(1, "30003", 1)(state));
  expect(state.status).toBe("ready");
  state = take(state, attempt(2, 6));
  state = take(state, undelivered(2, "30005", 7)(state));
  expect(state.status).toBe("undelivered");

  const late = undelivered(1, "30003", 30, { priceMicros: 40_000 })(state);
  expect(late.map(({ type }) => type)).toEqual(["SmsStatusReported"]);
  expect(take(state, late)).toMatchObject({ status: "undelivered", messages: { SM1: { priceMicros: 40_000 } } });
});
