import { setImmediate as turn } from "node:timers/promises";
import { smsIdOf } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { createRecoveryWindow } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { systemRuntime } from "@touchline/service/runtime";
import { describe, expect, test } from "vitest";
import { notificationConfig } from "../config.ts";
import { createRequester } from "../intake/request.ts";
import type { SendOutcome } from "../sms/decide.ts";
import { dueOf } from "../sms/due.ts";
import { isText, type SmsState } from "../sms/state.ts";
import { suppressionList } from "../suppression/list.ts";
import { failureOf } from "../twilio/codes.ts";
import { twilioWords } from "../twilio/words.ts";
import { createChores } from "./chores.ts";
import { createFacts } from "./facts.ts";
import { createGate } from "./gate.ts";
import type { ListedMessage, SmsGateway } from "./sms-gateway.ts";
import { createTextSender } from "./text-sender.ts";
import { createTexts } from "./texts.ts";

const START = Date.parse("2026-03-02T12:00:00.000Z");
const REGISTRATION = "r1";
const LINK = "BRQ0001ABC";
const SMS_ID = smsIdOf(REGISTRATION, "payment_link", 0);
const MINUTE_MS = 60_000;
const TIMING = { abandonedAfterMs: 20_000, evidenceMs: 60_000 };
const { templates } = notificationConfig({
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t",
  TWILIO_PHONE_NUMBER: "+447700900999",
  PAYMENT_BASE_URL: "https://club.example",
});

/** How Twilio handles one attempt: whether it takes the text, and what it answers. */
type Treatment = { readonly takes: boolean; readonly says: "taken" | "nothing" | "too many" };
const honest: Treatment = { takes: true, says: "taken" };

/** What survives every crash: the store, Twilio and the clock. */
const world = async () => {
  const clock = { ms: START };
  const store = memoryEventStore(() => new Date(clock.ms));
  const append = (stream: string, type: string, data: object) =>
    store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: { service: "test" } }], "no_stream");
  await append(`registration-${REGISTRATION}`, "RegistrationCompleted", {
    registrationId: REGISTRATION,
    child: { firstName: "Ann", lastName: "Lee" },
    parent: { firstName: "Sam", lastName: "Lee" },
    parentPhone: "+447700900123",
    acceptedAt: new Date(START).toISOString(),
  });
  await append(`payment-${LINK}`, "PaymentTokenCreated", { registrationId: REGISTRATION, billingRequestId: LINK });
  return { clock, store, taken: [] as ListedMessage[] };
};

type World = Awaited<ReturnType<typeof world>>;

/** Lets `steps` outside calls pass and crashes at the next, just before or just after its effect. */
const mortal = (steps: number, effect: "before" | "after") => {
  const dead = Promise.withResolvers<"crashed">();
  let left = steps;
  const through = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left-- > 0) return work();
    if (left < -1 || effect === "before") {
      dead.resolve("crashed");
      return new Promise<T>(() => {});
    }
    await work();
    dead.resolve("crashed");
    return new Promise<T>(() => {});
  };
  return { through, crashed: dead.promise };
};

/** One process of the service. */
const processOf = (
  { clock, store, taken }: World,
  treatments: Treatment[],
  through: <T>(work: () => Promise<T>) => Promise<T>,
) => {
  const guarded: EventStore = {
    ...store,
    append: (...args) => through(() => store.append(...args)),
    read: (stream) => through(() => store.read(stream)),
  };
  const gateway: SmsGateway = {
    send: ({ body }) =>
      through(async (): Promise<SendOutcome> => {
        const { takes, says } = treatments.shift() ?? honest;
        const providerMessageId = `SM${String(taken.length).padStart(32, "0")}`;
        if (takes)
          taken.push({ providerMessageId, status: "sent", stage: "sent", createdAt: new Date(clock.ms), body });
        if (says === "taken") return { kind: "accepted", providerMessageId };
        if (says === "nothing") return { kind: "unknown", reason: "a time-out" };
        return { kind: "refused", failure: failureOf("20429") };
      }),
    list: (_to, since) => through(async () => taken.filter((m) => m.createdAt >= since)),
    received: async () => [],
    fetch: async () => undefined,
    redact: async () => {},
  };
  const now = () => new Date(clock.ms);
  const monotonicMs = () => clock.ms;
  const runtime = { ...systemRuntime(), now, monotonicMs, random: () => 0.5 };
  const suppression = suppressionList({ store: guarded, service: "notification", runtime });
  const texts = createTexts({ store: guarded, words: twilioWords, now });
  const changedLinks = { has: () => undefined };
  const facts = createFacts({
    store: guarded,
    texts,
    words: twilioWords,
    changedLinks,
    suppression,
    reminders: 0,
    now,
  });
  const gate = createGate({ monotonicMs });
  const sender = createTextSender({
    texts,
    runtime,
    evidenceMs: TIMING.evidenceMs,
    gateway,
    gate,
    suppression,
    maxInFlight: 8,
  });
  const wording = {
    templates,
    publicUrl: "https://club.example",
    nameEncoding: "keep",
    pricePerSegmentPence: 4,
  } as const;
  const lostSince = createRecoveryWindow(store, runtime);
  const request = createRequester({ texts, facts, sender, wording, now, lineUp: false, lostSince });
  const chores = createChores({
    texts,
    facts,
    gateway,
    gate,
    runtime,
    timing: TIMING,
    onSuperseded: async () => {},
    onReport: async () => {},
    onStillUnknown: () => {},
  });
  const intake = () =>
    request(
      { registrationId: REGISTRATION, billingRequestId: LINK, purpose: "payment_link", count: 0 },
      { id: "message-1" },
    );
  return { intake, chores, sender };
};

const stateOf = async ({ store }: World): Promise<SmsState> =>
  (await createTexts({ store, words: twilioWords, now: () => new Date() }).read(SMS_ID)).text ?? { status: "absent" };

/** Does what is due, one thing at a time, and moves the clock forward to each. */
const live = async (all: World, { chores, sender }: ReturnType<typeof processOf>): Promise<SmsState> => {
  for (let round = 0; round < 20; round++) {
    await sender.idle();
    const state = await stateOf(all);
    const due = dueOf(state, TIMING);
    if (!due || due.what === "poll") return state;
    all.clock.ms = Math.max(all.clock.ms, due.atMs) + 1;
    if (due.what === "send") {
      const slot = sender.slot();
      if (slot) await chores.send(SMS_ID, slot);
      else all.clock.ms += 1_000;
    } else await chores[due.what](SMS_ID);
  }
  return stateOf(all);
};

const immortal = <T>(work: () => Promise<T>) => work();

const SCENARIOS: Readonly<Record<string, readonly Treatment[]>> = {
  "Twilio answers": [],
  "Twilio takes it and says nothing": [{ takes: true, says: "nothing" }],
  "Twilio loses it": [{ takes: false, says: "nothing" }],
  "Twilio has too much to do": [{ takes: false, says: "too many" }],
  "Twilio loses it, then takes it and says nothing": [
    { takes: false, says: "nothing" },
    { takes: true, says: "nothing" },
  ],
};
const MAX_STEPS = 60;

test.each(Object.entries(SCENARIOS))(
  "a crash before or after any outside call sends the text exactly once: %s",
  async (_, treatments) => {
    let crashes = 0;
    for (const effect of ["before", "after"] as const) {
      for (let steps = 0; steps < MAX_STEPS; steps++) {
        const all = await world();
        const left = [...treatments];
        const { through, crashed } = mortal(steps, effect);
        const first = processOf(all, left, through);
        const life = first.intake().then(() => live(all, first));
        if ((await Promise.race([life, crashed])) === "crashed") crashes++;
        else break;
        await turn();
        // JetStream redelivers the message to the next process.
        const second = processOf(all, left, immortal);
        await second.intake();
        const end = await live(all, second);
        expect(all.taken, `crash ${effect} call ${steps}`).toHaveLength(1);
        expect(isText(end) && end.status, `crash ${effect} call ${steps}`).toMatch(/^(accepted|sent)$/);
        const oneAttemptWasOpen = treatments.length === 0;
        if (oneAttemptWasOpen)
          expect(all.clock.ms - START, `crash ${effect} call ${steps}`).toBeLessThan(4 * MINUTE_MS);
      }
    }
    expect(crashes).toBeGreaterThan(10);
  },
);

test("two processes with the same message and the same due text send it once", async () => {
  const all = await world();
  const [one, two] = [processOf(all, [], immortal), processOf(all, [], immortal)];
  await Promise.all([one.intake(), two.intake(), one.intake()]);
  await Promise.all([one.sender.idle(), two.sender.idle()]);
  await live(all, two);
  expect(all.taken).toHaveLength(1);
});

describe("after a restore to an hour ago, when the store does not know what Twilio did since", () => {
  const HOUR_MS = 3_600_000;
  const restored = async () => {
    const all = await world();
    const [since, until] = [START - HOUR_MS, START + 72 * HOUR_MS].map((ms) => new Date(ms).toISOString());
    const metadata = { service: "ops" };
    const began = { id: crypto.randomUUID(), type: "RecoveryBegan", data: { since, until }, metadata };
    await all.store.append("store-recovery", [began], "no_stream");
    return all;
  };
  /** The text that went out before the loss. */
  const sentBefore = ({ taken }: World, minutesAgo: number) => {
    const body = `Registration complete for Ann! Pay when convenient: https://club.example/reg_setup/${LINK} Thanks`;
    const createdAt = new Date(START - minutesAgo * 60_000);
    taken.push({ providerMessageId: `SM${"9".repeat(32)}`, status: "delivered", stage: "delivered", createdAt, body });
  };
  const play = async (all: World) => {
    const process = processOf(all, [], immortal);
    await process.intake();
    return live(all, process);
  };

  test("a text that was sent is found and not sent again", async () => {
    const all = await restored();
    sentBefore(all, 30);
    expect(await play(all)).toMatchObject({ attempts: [{ fate: "accepted" }] });
    expect(all.taken).toHaveLength(1);
  });

  test("a text that was never sent is sent once Twilio's list has twice not shown it", async () => {
    const all = await restored();
    expect(await play(all)).toMatchObject({ attempts: [{ fate: "absent" }, { fate: "accepted" }] });
    expect(all.taken).toHaveLength(1);
    expect(all.clock.ms - START).toBeLessThan(4 * MINUTE_MS);
  });

  test("outside the window, texts are sent at once", async () => {
    const all = await restored();
    const ended = { id: crypto.randomUUID(), type: "RecoveryEnded", data: { endedAt: new Date(START).toISOString() } };
    await all.store.append("store-recovery", [{ ...ended, metadata: { service: "ops" } }], 0n);
    expect(await play(all)).toMatchObject({ attempts: [{ fate: "accepted" }] });
    const late = await restored();
    late.clock.ms = START + 73 * HOUR_MS;
    expect(await play(late)).toMatchObject({ attempts: [{ fate: "accepted" }] });
  });
});

test("a stale claim halves the limit in flight, and each claim in time raises it by one", async () => {
  const all = await world();
  const one = processOf(all, [], immortal);
  const slots = Array.from({ length: 8 }, () => one.sender.slot());
  await one.intake();
  const [last, ...others] = slots;
  for (const slot of others) slot?.release();
  all.clock.ms += 6_000;
  if (last) await one.chores.send(SMS_ID, last);
  await one.sender.idle();
  // Nothing has gone yet, so one has to be tried first.
  expect([all.taken.length, one.sender.room()]).toEqual([0, 1]);
  await live(all, one);
  expect([all.taken.length, one.sender.room()]).toEqual([1, 5]);
});
