import type { RegistrationEvent } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { storedEvent } from "@touchline/testing";
import { expect, test } from "vitest";
import type { Facts } from "../dispatch/facts.ts";
import { evolveRegistration, type RegistrationContext } from "../sms/context.ts";
import { suppressionList } from "../suppression/list.ts";
import { createTextCatchUp } from "./handle.ts";
import { createWishes } from "./texts-wish.ts";

const FIRST = "+447700900123";
const SECOND = "+447700900456";
const MINUTE = 60_000;

/** A registration whose parent and club say what they want, one minute after the other. */
const setUp = () => {
  let ms = Date.parse("2026-09-01T10:00:00.000Z");
  const now = () => new Date(ms);
  const store = memoryEventStore(now);
  const list = suppressionList({ store, service: "notification", runtime: { ...systemRuntime(), now } });
  const log: { position: bigint; event: RegistrationEvent }[] = [];
  let position = 0n;
  const registration: Facts["registration"] = async (_id, last) =>
    log
      .filter((entry) => last === undefined || entry.position <= last)
      .reduce<RegistrationContext | undefined>((known, { event }) => evolveRegistration(known, event), undefined);
  const facts = { registration } as Facts;
  const handle = createTextCatchUp({
    facts,
    applyWish: createWishes({ facts, suppression: list }),
    request: () => expect.unreachable("It must ask for no text."),
    eraseTexts: () => expect.unreachable("It must erase nothing."),
    confirmation: true,
    mandateGone: true,
    now,
  });
  const add = (type: string, data: object) => {
    ms += MINUTE;
    log.push({ position: ++position, event: { type, data: { registrationId: "r1", ...data } } as RegistrationEvent });
  };
  /** Resolves with whether the wish was new, at each look at its event. */
  const wish = (stream: string, type: string, data: object = {}) => {
    ms += MINUTE;
    const place = { id: crypto.randomUUID(), position: ++position, created: now() };
    const event = storedEvent(stream, type, { registrationId: "r1", ...data }, place);
    return () => handle(event);
  };
  const by = () => ({ service: "notification", id: crypto.randomUUID() });
  add("RegistrationCompleted", { child: {}, parent: {}, parentPhone: FIRST, acceptedAt: now().toISOString() });
  return {
    list,
    correct: () => add("ParentPhoneCorrected", { parentPhone: SECOND, count: 1 }),
    erase: () => add("RegistrationErased", { erasedAt: now().toISOString() }),
    stopOnPage: () => wish("payment-B", "TextsStopped"),
    clubSays: (wanted: boolean) => wish("registration-r1", "TextsWishRecorded", { wanted }),
    texts: async (phone: string, word: "STOP" | "START") => {
      ms += MINUTE;
      if (word === "STOP") await list.optOut(phone, { via: "inbound" }, now(), by());
      else await list.optIn(phone, now(), by());
    },
    ways: async () => {
      const said: string[] = [];
      for await (const { type, data } of store.readAll()) {
        if (type === "PhoneOptedOut") said.push(data.via);
      }
      return said;
    },
  };
};

test("a parent who stops texts on the link's page gets none at that number until the club turns them on again", async () => {
  const { list, stopOnPage, clubSays, ways } = setUp();
  const stop = stopOnPage();
  expect(await stop()).toBe(true);
  expect([await list.isOptedOut(FIRST), await list.isOptedOut(SECOND)]).toEqual([true, false]);
  expect(await stop()).toBe(false);
  expect(await clubSays(true)()).toBe(true);
  expect(await list.isOptedOut(FIRST)).toBe(false);
  // An old wish does not apply again when it is redelivered.
  expect(await stop()).toBe(false);
  expect(await list.isOptedOut(FIRST)).toBe(false);
  expect(await clubSays(false)()).toBe(true);
  expect(await ways()).toEqual(["link", "club"]);
});

test("an erased registration has no number left to stop", async () => {
  const { erase, stopOnPage, ways } = setUp();
  erase();
  expect(await stopOnPage()()).toBe(false);
  expect(await ways()).toEqual([]);
});

test("a stranger who stops texts to a wrong number does not stop those to the right one", async () => {
  const { list, stopOnPage, correct } = setUp();
  const stop = stopOnPage();
  correct();
  // The search for overlooked work finds the event late, and again at each start.
  expect([await stop(), await stop()]).toEqual([true, false]);
  expect([await list.isOptedOut(FIRST), await list.isOptedOut(SECOND)]).toEqual([true, false]);
});

test("texts that were turned on for an old number do not undo a STOP from the new one", async () => {
  const { list, stopOnPage, clubSays, correct, texts } = setUp();
  const wishes = [stopOnPage(), clubSays(true)];
  for (const wish of wishes) await wish();
  correct();
  await texts(SECOND, "STOP");
  for (const wish of wishes) expect(await wish()).toBe(false);
  expect(await list.isOptedOut(SECOND)).toBe(true);
});

test("a wish that changed nothing is not applied after a newer one", async () => {
  const { list, stopOnPage, clubSays, texts } = setUp();
  await texts(FIRST, "STOP");
  const onPage = stopOnPage();
  expect(await onPage()).toBe(false);
  await texts(FIRST, "START");
  expect(await onPage()).toBe(false);

  const pressedTwice = [stopOnPage(), stopOnPage()];
  for (const stop of pressedTwice) await stop();
  await clubSays(true)();
  for (const stop of pressedTwice) expect(await stop()).toBe(false);
  expect(await list.isOptedOut(FIRST)).toBe(false);
});

test("a wish whose message was lost does not override what was said before it was found", async () => {
  const { list, clubSays, texts } = setUp();
  const on = clubSays(true);
  await texts(FIRST, "STOP");
  expect(await on()).toBe(false);
  expect(await list.isOptedOut(FIRST)).toBe(true);
});
