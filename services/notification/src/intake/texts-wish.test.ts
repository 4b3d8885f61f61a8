import type { RegistrationEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import type { Facts } from "../dispatch/facts.ts";
import { evolveRegistration } from "../sms/context.ts";
import { suppressionList } from "../suppression/list.ts";
import { createTextCatchUp } from "./handle.ts";
import { createWishes } from "./texts-wish.ts";

const NOW = new Date("2026-09-01T10:00:00.000Z");
const FIRST = "+447700900123";
const SECOND = "+447700900456";

const completed = {
  type: "RegistrationCompleted",
  data: { registrationId: "r1", child: {}, parent: {}, parentPhone: FIRST, acceptedAt: NOW.toISOString() },
} as unknown as RegistrationEvent;
const corrected: RegistrationEvent = {
  type: "ParentPhoneCorrected",
  data: { registrationId: "r1", parentPhone: SECOND, count: 1, correctedAt: NOW.toISOString() },
};
const erased = { type: "RegistrationErased", data: { registrationId: "r1", erasedAt: NOW.toISOString() } };

/** The events reach the service one at a time, by message or as overlooked work. */
const after = (...events: RegistrationEvent[]) => {
  const store = memoryEventStore(() => NOW);
  const list = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now: () => NOW } });
  const registration = async () => events.reduce(evolveRegistration, undefined);
  const facts = { registration } as unknown as Facts;
  const handle = createTextCatchUp({
    facts,
    applyWish: createWishes({ facts, suppression: list, now: () => NOW }),
    request: () => expect.unreachable("It must ask for no text."),
    eraseTexts: () => expect.unreachable("It must erase nothing."),
    confirmation: true,
    mandateGone: true,
    now: () => NOW,
  });
  const take = (id: string, type: string, data: object) =>
    handle(
      storedEvent(
        type === "TextsStopped" ? "payment-B" : "registration-r1",
        type,
        { registrationId: "r1", ...data },
        { id },
      ),
    );
  return {
    list,
    stop: (id: string) => take(id, "TextsStopped", {}),
    wish: (id: string, wanted: boolean) => take(id, "TextsWishRecorded", { wanted }),
    optOuts: async () => {
      const ways: string[] = [];
      for await (const { type, data } of store.readAll()) if (type === "PhoneOptedOut") ways.push(data.via);
      return ways;
    },
  };
};

test("a parent who stops texts on the link's page gets none at that number until the club turns them on again", async () => {
  const { list, stop, wish, optOuts } = after(completed, corrected);
  expect(await stop("e1")).toBe(true);
  expect([await list.isOptedOut(SECOND), await list.isOptedOut(FIRST)]).toEqual([true, false]);
  expect(await stop("e1")).toBe(false);
  expect(await wish("e2", true)).toBe(true);
  expect(await list.isOptedOut(SECOND)).toBe(false);
  // An old wish does not apply again when it is redelivered.
  expect(await stop("e1")).toBe(false);
  expect(await list.isOptedOut(SECOND)).toBe(false);
  expect(await wish("e3", false)).toBe(true);
  expect(await optOuts()).toEqual(["link", "club"]);
});

test("an erased registration has no number left to stop", async () => {
  const { stop, optOuts } = after(completed, erased as RegistrationEvent);
  expect(await stop("e1")).toBe(false);
  expect(await optOuts()).toEqual([]);
});
