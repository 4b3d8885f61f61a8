import type { RegistrationEvent } from "@touchline/contracts";
import { expect, test } from "vitest";
import { handleReplies, recordTextsWish } from "./replies.ts";
import { type Known, type RegistrationState, registrationAggregate } from "./state.ts";

const now = new Date("2026-09-02T18:00:00.000Z");
const upTo = (minute: number) => new Date(`2026-09-01T10:0${minute}:00.000Z`);
const active = { status: "active", completed: {}, parentPhone: "+447700900123" } as unknown as Known;
const after = (state: RegistrationState, events: readonly RegistrationEvent[]) =>
  events.reduce(registrationAggregate.evolve, state);

test("replies are dealt with once, and those that came later stay open", () => {
  const first = handleReplies("r1", upTo(1), now)(active);
  const data = { registrationId: "r1", upTo: upTo(1).toISOString(), handledAt: now.toISOString() };
  expect(first).toEqual({ events: [{ type: "RepliesHandled", data }], result: { kind: "replies_handled" } });
  const handled = after(active, first.events);
  expect(handleReplies("r1", upTo(1), now)(handled)).toEqual({ events: [], result: { kind: "no_replies" } });
  expect(handleReplies("r1", upTo(0), now)(handled).events).toEqual([]);
  expect(handleReplies("r1", upTo(2), now)(handled).events).toHaveLength(1);
});

test("handled replies stay handled, in whatever order they are stored", () => {
  const events = [1, 2].flatMap((minute) => handleReplies("r1", upTo(minute), now)(active).events);
  for (const order of [events, events.toReversed()])
    expect(after(active, order)).toMatchObject({ repliesHandledUpTo: upTo(2).toISOString() });
});

test("a wish about texts is recorded each time, and says which", () => {
  for (const wanted of [true, false]) {
    const data = { registrationId: "r1", wanted, recordedAt: now.toISOString() };
    expect(recordTextsWish("r1", wanted, now)(active)).toEqual({
      events: [{ type: "TextsWishRecorded", data }],
      result: { kind: "wish_recorded" },
    });
  }
});

test("an erased registration has neither", () => {
  const erased = { status: "erased" } as const;
  expect(handleReplies("r1", upTo(1), now)(erased)).toEqual({ events: [], result: { kind: "not_found" } });
  expect(recordTextsWish("r1", true, now)(erased)).toEqual({ events: [], result: { kind: "not_found" } });
});
