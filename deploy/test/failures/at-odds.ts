import { randomUUID } from "node:crypto";
import { eventHeaders, eventSubject, type SmsEvent, streams } from "@touchline/contracts";
import { connectMessaging } from "@touchline/messaging";
import { headers as natsHeaders } from "nats";
import requested from "../../../services/notification/test/fixtures/events/SmsRequested.json" with { type: "json" };
import { until } from "../prometheus.ts";
import type { Running } from "../running.ts";
import { type InjectedFailure, type Scene, takesRegistrations } from "./scene.ts";

type SmsRequested = Extract<SmsEvent, { type: "SmsRequested" }>["data"];

const AHEAD_MS = 60_000;
/** Loaded before a program, so that its clock is a minute ahead. */
const clockAhead = `data:text/javascript,${encodeURIComponent(`const now=Date.now;Date.now=()=>now()+${AHEAD_MS}`)}`;

/** Stores a text that ended in this way. */
const givenUp = async ({ store }: Running, smsId: string, code: string) => {
  const at = new Date().toISOString();
  const request = { ...requested.data, smsId, registrationId: smsId, requestedAt: at, notBefore: at } as SmsRequested;
  const events = [
    { type: "SmsRequested", data: request },
    { type: "SmsGivenUp", data: { code, reason: "Refused three times, while others went.", givenUpAt: at } },
  ].map((event) => ({ id: randomUUID(), ...event, metadata: { service: "test" } }));
  await store.append(`sms-${smsId}`, events, "no_stream");
};

const erase = async ({ store }: Running, smsId: string) => {
  const data = { registrationId: smsId, erasedAt: new Date().toISOString() };
  const event = { id: randomUUID(), type: "SmsErased", data, metadata: { service: "test" } };
  const last = (await store.read(`sms-${smsId}`)).at(-1);
  await store.append(`sms-${smsId}`, [event], last?.revision ?? "no_stream");
};

/** Makes NATS remember a different event as the first of a stream. Resolves with a function that undoes it. */
const pretendOtherStore = async ({ store, stack }: Running, stream: string): Promise<() => Promise<unknown>> => {
  const [event] = await store.read(stream);
  const messaging = await connectMessaging({ url: stack.urls.nats, name: "test" });
  const headers = natsHeaders();
  headers.set(eventHeaders.position, String(event?.position));
  headers.set("Nats-Msg-Id", randomUUID());
  const { seq } = await messaging.js.publish(eventSubject("test", "OfAnotherStore"), new Uint8Array(), { headers });
  return async () => {
    await messaging.jsm.streams.deleteMessage(streams.events, seq);
    await messaging.close();
  };
};

export const atOdds = ({ touchline, value }: Scene): InjectedFailure[] => {
  const { eventStore } = touchline;
  const smsId = randomUUID();
  let forget: (() => Promise<unknown>) | undefined;
  return [
    {
      what: "the event store's clock is ahead, and Twilio takes no more texts today",
      raises: ["StoreClockAhead", "TextsRationed"],
      make: async () => {
        const limit = { kind: "error", code: 63038, on: "messages.create" };
        await touchline.faults({ twilio: { requests: [limit] } });
        await eventStore.stop();
        await eventStore.start([`--import=${clockAhead}`]);
        await takesRegistrations(touchline);
        await until(async () => ((await value("touchline_store_clock_ahead_seconds")) ?? 0) > 10);
        await until(async () => (await value('touchline_sms_held{reason="rate"}')) === 1);
      },
      fix: async () => {
        await eventStore.stop();
        await eventStore.start();
        await takesRegistrations(touchline);
      },
    },
    {
      what: "a text is refused again and again while others go",
      raises: ["TextsSetAside"],
      make: () => givenUp(touchline, smsId, "set_aside"),
      fix: () => erase(touchline, smsId),
    },
    {
      what: "NATS remembers another event store",
      raises: ["EventStoreExchanged"],
      make: async () => {
        forget = await pretendOtherStore(touchline, `sms-${smsId}`);
      },
      fix: async () => forget?.(),
    },
  ];
};
