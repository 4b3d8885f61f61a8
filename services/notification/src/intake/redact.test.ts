import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { eventHeaders, Fault, smsIdOf } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import type { Delivery } from "@touchline/messaging";
import { expect, test } from "vitest";
import fixture from "../../test/fixtures/events/SmsRequested.json" with { type: "json" };
import type { SmsGateway } from "../dispatch/sms-gateway.ts";
import { createTexts } from "../dispatch/texts.ts";
import { recordOutcome } from "../sms/decide.ts";
import { twilioWords } from "../twilio/words.ts";
import { createErasing } from "./erase.ts";
import { createRedacting } from "./redact.ts";

const START = Date.parse("2026-09-01T10:00:00.000Z");
const MINUTE_MS = 60_000;
const LINK = "BRQ0001";
const smsId = smsIdOf("r1", "payment_link", 0);
const stream = `sms-${smsId}`;
const iso = (ms: number) => new Date(ms).toISOString();
const erased = { registrationId: "r1", billingRequestId: LINK, resends: 0, corrections: 0, erasedAt: iso(START) };
const bodyOf = (name: string, link: string) => `Pay for ${name}: https://club.example/reg_setup/${link}`;

interface Shown {
  body: string;
  readonly visibleFrom: number;
}

/** What survives a crash: the store, the clock, and Twilio, which shows each message from some time on. */
const world = async (...before: readonly (readonly [type: string, data: object])[]) => {
  const clock = { ms: START };
  const store = memoryEventStore(() => new Date(clock.ms));
  const event = (type: string, data: object) => ({ id: randomUUID(), type, data, metadata: { service: "test" } });
  await store.append("registration-r1", [event("RegistrationErased", erased)], "no_stream");
  const about = { ...fixture.data, smsId, registrationId: "r1", billingRequestId: LINK, body: bodyOf("Zoë", LINK) };
  const started = { attempt: 1, attemptId: "x.1", startedAt: iso(START - 1_000) };
  const first = [event("SmsRequested", about), event("SmsAttemptStarted", started)];
  await store.append(stream, [...first, ...before.map(([type, data]) => event(type, data))], "no_stream");
  const messages = new Map<string, Shown>([["SM0", { body: bodyOf("Ada", "BRQ0001X"), visibleFrom: START }]]);
  return { clock, store, messages };
};

type World = Awaited<ReturnType<typeof world>>;

/** One process of the service; every outside call goes through `through`. */
const processOf = ({ clock, store, messages }: World, through: <T>(work: () => Promise<T>) => Promise<T>) => {
  const guarded: EventStore = {
    ...store,
    append: (...args) => through(() => store.append(...args)),
    read: (name) => through(() => store.read(name)),
    truncateBefore: (...args) => through(() => store.truncateBefore(...args)),
  };
  const now = () => new Date(clock.ms);
  const texts = createTexts({ store: guarded, words: twilioWords, now });
  const facts = { link: async () => undefined } as never;
  const gateway: Pick<SmsGateway, "list" | "redact"> = {
    list: (_to, since) =>
      through(async () =>
        [...messages]
          .filter(([, { visibleFrom }]) => visibleFrom <= clock.ms && visibleFrom >= since.getTime())
          .map(([providerMessageId, { body }]) => {
            const report = { providerMessageId, status: "sent", stage: "sent" } as const;
            return { ...report, createdAt: new Date(START), body };
          }),
      ),
    redact: (id) =>
      through(async () => {
        const message = messages.get(id);
        if (message) message.body = "";
      }),
  };
  const handle = createRedacting({ store: guarded, texts, gateway, evidenceMs: MINUTE_MS, now });
  return {
    texts,
    /** What JetStream makes a process do: erase, then redact what is due, until it is done. */
    live: async () => {
      await createErasing({ store: guarded, texts, facts, now })(erased, { id: "e1" });
      for (let round = 0; round < 10; round++) {
        let waits = false;
        for (const { id, type, data } of await store.read(stream)) {
          if (type !== "SmsRedactionDue") continue;
          waits = (await handle(deliveryOf(id, data))) === "later" || waits;
        }
        if (!waits) return;
        clock.ms += MINUTE_MS;
      }
      throw new Error("It does not end.");
    },
  };
};

const deliveryOf = (id: string, data: object): Delivery => {
  const headers: Record<string, string> = {
    "Nats-Msg-Id": id,
    [eventHeaders.stream]: stream,
    [eventHeaders.position]: "10",
  };
  const place = { sequence: 1, deliveries: 1, publishedAt: new Date(START), header: (name: string) => headers[name] };
  return { subject: "events.sms.SmsRedactionDue", data: Buffer.from(JSON.stringify(data)), ...place };
};

const immortal = <T>(work: () => Promise<T>) => work();
const answer = recordOutcome({
  attempt: 1,
  outcome: { kind: "accepted", providerMessageId: "SM1" },
  now: new Date(START),
  jitter: 0,
  evidenceMs: MINUTE_MS,
});
const taken = ["SmsAccepted", { attempt: 1, providerMessageId: "SM1", via: "answer", acceptedAt: iso(START) }] as const;
const unknown = {
  attempt: 1,
  reason: "a time-out",
  askAt: iso(START + MINUTE_MS),
  unknownSince: iso(START),
} as const;

interface Scenario {
  readonly before: readonly (readonly [string, object])[];
  /** When Twilio's list shows the message; undefined if it took none. */
  readonly shownAfterMs?: number;
  /** Happens between the first process and the second. */
  readonly meanwhile?: (texts: ReturnType<typeof processOf>["texts"]) => Promise<unknown>;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  "Twilio has the text": { before: [taken], shownAfterMs: 0 },
  "the process died while it was sending": { before: [], shownAfterMs: 0 },
  "its outcome is unknown": { before: [["SmsOutcomeUnknown", unknown]], shownAfterMs: 0 },
  "Twilio's list shows it minutes later": { before: [["SmsOutcomeUnknown", unknown]], shownAfterMs: 3 * MINUTE_MS },
  "Twilio never took it": { before: [["SmsOutcomeUnknown", unknown]] },
  "the answer comes after the erasure": {
    before: [],
    shownAfterMs: 0,
    meanwhile: (texts) => texts.decide(smsId, answer),
  },
};

test.each(Object.entries(scenarios))(
  "a crash before or after any outside call leaves no words at Twilio: %s",
  async (_, { before, shownAfterMs, meanwhile }) => {
    let crashes = 0;
    for (const effect of ["before", "after"] as const) {
      for (let steps = 0; ; steps++) {
        const all = await world(...before);
        const { messages, store } = all;
        if (shownAfterMs !== undefined) {
          messages.set("SM1", { body: bodyOf("Zoë", LINK), visibleFrom: START + shownAfterMs });
        }
        let left = steps;
        const dead = Promise.withResolvers<"crashed">();
        const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
          if (left-- > 0) return work();
          if (left === -1 && effect === "after") await work();
          dead.resolve("crashed");
          return new Promise<T>(() => {});
        };
        const end = await Promise.race([processOf(all, mortal).live(), dead.promise]);
        await turn();
        const second = processOf(all, immortal);
        await second.live();
        await meanwhile?.(second.texts);
        await second.live();
        const where = `crash ${effect} call ${steps}`;
        expect(messages.get("SM1")?.body ?? "", where).toBe("");
        expect(messages.get("SM0")?.body, where).toContain("Ada");
        const types = (await store.read(stream)).map(({ type }) => type);
        expect([types[0], types.at(-1)], where).toEqual(["SmsErased", "SmsRedacted"]);
        if (end !== "crashed") break;
        crashes++;
      }
    }
    expect(crashes).toBeGreaterThan(10);
  },
  60_000,
);

test("if Twilio cannot redact now it is asked again, and nothing is recorded until it has", async () => {
  const all = await world(taken);
  const away = processOf(all, immortal);
  let isAway = true;
  all.messages.set("SM1", {
    visibleFrom: START,
    get body() {
      return bodyOf("Zoë", LINK);
    },
    set body(_) {
      if (isAway) throw new Fault("provider_unavailable");
      all.messages.delete("SM1");
    },
  });
  await expect(away.live()).rejects.toThrow(Fault);
  const types = async () => (await all.store.read(stream)).map(({ type }) => type);
  expect(await types()).toEqual(["SmsErased", "SmsRedactionDue"]);
  isAway = false;
  await away.live();
  expect([await types(), all.messages.has("SM1")]).toEqual([["SmsErased", "SmsRedactionDue", "SmsRedacted"], false]);
});
