import { rmSync } from "node:fs";
import { eventHeaders, smsIdOf, streams } from "@touchline/contracts";
import { connectEventStore, type EventStore, type StoredEvent } from "@touchline/event-store";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { processesOf } from "@touchline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NatsStranger, natsStranger } from "./outsiders.ts";
import { type Running, start } from "./running.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";
import { registrationOf } from "./world.ts";

let standIns: StandIns;
let touchline: Running;
let nats: NatsStranger;
let messaging: Messaging;
let store: EventStore;

beforeAll(async () => {
  standIns = await startStandIns();
  const noMandateTexts = { SMS_MANDATE_GONE: "false" };
  touchline = await start({ ...standIns.env, ...noMandateTexts, SEASON_START: "2020-09-01", SEASON_END: "2099-05-31" });
  nats = await natsStranger(touchline.urls.nats);
  messaging = await connectMessaging({ url: touchline.urls.nats, name: "test" });
  store = connectEventStore({ url: touchline.urls.eventStore });
}, 60_000);

afterAll(async () => {
  await store.close();
  await messaging.close();
  await nats.close();
  await touchline.stop();
  await standIns.stop();
  expect(processesOf(standIns.dataDir)).toEqual([]);
  rmSync(standIns.dataDir, { recursive: true, force: true });
});

const patient = { timeout: 20_000, interval: 50 };
const phone = "+447700900123";
const bodies = () =>
  standIns.twilio.messages.filter((m) => m.to === phone && m.direction !== "inbound").map(({ body }) => body);

/** Resolves with the event, once notification has dealt with it. */
const eventSeen = async (link: string, type: string, fits: (data: never) => boolean = () => true) => {
  let found: StoredEvent | undefined;
  const look = async () => {
    found = (await store.read(`payment-${link}`)).find((e) => e.type === type && fits(e.data as never));
    return found !== undefined;
  };
  await expect.poll(look, patient).toBe(true);
  const caughtUp = async () => {
    const last = await messaging.jsm.streams.getMessage(streams.events, { last_by_subj: `events.payment.${type}` });
    const { ack_floor, num_ack_pending } = await messaging.jsm.consumers.info(streams.events, "notification-intake");
    // This event or a later one like it: a mandate is reported as active more than once.
    const relayed = BigInt(last.header.get(eventHeaders.position)) >= (found as StoredEvent).position;
    return relayed && num_ack_pending === 0 && ack_floor.stream_seq >= last.seq;
  };
  await expect.poll(caughtUp, patient).toBe(true);
  return found?.data as Record<string, unknown>;
};

test("asking again for a mandate texts nobody; asking again for a fee does", async () => {
  const { goCardless } = standIns;
  const given = registrationOf(phone);
  await nats.register(given);
  await expect.poll(() => bodies().length, patient).toBe(1);
  const link = /\/reg_setup\/(\w+)/.exec(bodies()[0] ?? "")?.[1] as string;
  goCardless.pay(link);
  await eventSeen(link, "MandateActivated");
  await expect.poll(() => bodies().length, patient).toBe(2);
  expect(bodies()[1]).toContain("Payment received");

  const { mandateId, paymentId } = await eventSeen(link, "PaymentFulfilled");
  goCardless.failMandate(String(mandateId));
  await eventSeen(link, "MandateFailed");
  const headers = { "user-agent": "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile" };
  const tap = () => fetch(`${touchline.urls.edge}/reg_setup/${link}`, { redirect: "manual", headers });
  await expect.poll(async () => (await tap()).status, patient).toBe(303);
  const { requestId } = await eventSeen(link, "PaymentLinkReopened", ({ feePence }) => feePence === 0);
  expect(bodies()).toHaveLength(2);
  goCardless.pay(String(requestId));
  await eventSeen(link, "PaymentFulfilled", (data: { requestId: string }) => data.requestId === requestId);
  expect(bodies()).toHaveLength(2);

  goCardless.chargeBack(String(paymentId));
  const { count } = await eventSeen(link, "PaymentLinkReopened", ({ feePence }) => feePence > 0);
  // At night it is requested, and waits for the morning.
  const stream = `sms-${smsIdOf(given.registrationId, "reopened", Number(count))}`;
  await expect
    .poll(async () => JSON.stringify((await store.read(stream))[0]?.data ?? {}), patient)
    .toContain("Your bank took back");
}, 90_000);
