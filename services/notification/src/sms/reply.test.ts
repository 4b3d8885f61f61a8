import type { SmsEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import requested from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import { twilioWords } from "../twilio/words.ts";
import { recordReply } from "./reply.ts";
import { type SmsState, smsAggregate } from "./state.ts";

const { evolve, initial } = smsAggregate(twilioWords);
const now = new Date("2026-09-01T10:00:00.000Z");
const asked = { type: "SmsRequested", data: requested.data } as SmsEvent;
const { registrationId } = requested.data;
const withdrawn: SmsEvent = { type: "SmsWithdrawn", data: { code: "paid", withdrawnAt: now.toISOString() } };
const erased: SmsEvent = { type: "SmsErased", data: { registrationId, erasedAt: now.toISOString() } };
const after = (...events: SmsEvent[]): SmsState => events.reduce(evolve, initial);
const reply = (replyId: string, body = "who is this?") => recordReply({ replyId, body }, now);

test("a reply is recorded once, whatever became of the text", () => {
  for (const state of [after(asked), after(asked, withdrawn)]) {
    const events = reply("SM1")(state);
    const data = { registrationId, replyId: "SM1", body: "who is this?", receivedAt: now.toISOString() };
    expect(events).toEqual([{ type: "ReplyReceived", data }]);
    const replied = events.reduce(evolve, state);
    expect(reply("SM1")(replied)).toEqual([]);
    expect(reply("SM2")(replied)).toHaveLength(1);
    expect(replied.status).toBe(state.status);
  }
});

test("its words are not kept with a text that is erased or never existed", () => {
  expect(JSON.stringify(reply("SM1")(after(asked, erased)))).not.toContain("who is this");
  expect(reply("SM1")(after())).toEqual([]);
});

test("a reply that is too long is cut off, and what is left can be stored", () => {
  const [event] = reply("SM1", "👍".repeat(801).slice(1))(after(asked));
  const { body = "" } = Object(event?.data) as { body?: string };
  expect(body).toHaveLength(1_600);
  expect(body.isWellFormed()).toBe(true);
});
