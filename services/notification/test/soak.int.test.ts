import { setTimeout as sleep } from "node:timers/promises";
import { smsIdOf } from "@touchline/contracts";
import { seeded } from "@touchline/sandbox";
import { expect, test } from "vitest";
import { type Instance, type Registered, register, startStack } from "./stack.ts";

/**
 * SOAK_SECONDS=3600 for a long run, SOAK_KILL_WITHIN_MS=300 for more kills per second. The seed is printed; SOAK_SEED repeats its
 * faults, but not its timing.
 */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 12);
const KILL_WITHIN_MS = Number(process.env.SOAK_KILL_WITHIN_MS ?? 1_500);
const SEED = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const INSTANCES = 2;
/** No new registrations while this many wait for their text: services killed every second would only fall further behind. */
const BACKLOG = 100;
/** How long evidence may take to settle what the last crashes left open. */
const SETTLING_MS = 120_000;

const env = { SMS_TIMEOUT_SECONDS: "1", SMS_EVIDENCE_SECONDS: "1", REMINDER_DAYS: "", LOG_LEVEL: "error" };
const settings = {
  seed: SEED,
  requests: [
    { on: "messages.create", kind: "timeout", accepted: true, chance: 0.04 },
    { on: "messages.create", kind: "timeout", accepted: false, chance: 0.04 },
    { on: "messages.create", kind: "reset", accepted: true, chance: 0.05 },
    { on: "messages.create", kind: "reset", accepted: false, chance: 0.05 },
    { on: "messages.create", kind: "status", status: 500, accepted: true, chance: 0.03 },
    { on: "messages.create", kind: "status", status: 503, body: "html", chance: 0.03 },
    { on: "messages.create", kind: "status", status: 429, chance: 0.03 },
    { on: "messages.list", kind: "status", status: 500, chance: 0.2 },
    { on: "messages.list", kind: "reset", accepted: false, chance: 0.1 },
    { kind: "latency", ms: 150, chance: 0.3 },
  ],
  deliveries: [
    { kind: "drop", chance: 0.2 },
    { kind: "duplicate", chance: 0.2 },
    { kind: "reorder", chance: 0.2 },
  ],
} as const;

test("random faults, kill -9 of services and of NATS: every parent gets exactly one text", {
  timeout: SECONDS * 1_000 + SETTLING_MS + 60_000,
}, async () => {
  const stack = await startStack();
  stack.twilio.faults.set(settings);
  const random = seeded(SEED);
  const all: Registered[] = [];
  let open: Registered[] = [];
  const instances: Instance[] = [];
  let kills = 0;
  try {
    for (let i = 0; i < INSTANCES; i++) instances.push(await stack.start(env));
    const end = Date.now() + SECONDS * 1_000;
    const typesOf = async ({ registrationId }: Registered) =>
      (await stack.store.read(`sms-${smsIdOf(registrationId, "payment_link", 0)}`)).map((e) => e.type);
    const lookAtOpen = async () => {
      const asked = open;
      const histories = await aFewAtOnce(asked, typesOf);
      const closed = new Set(asked.filter((_, i) => histories[i]?.includes("SmsAccepted")));
      open = open.filter((one) => !closed.has(one));
    };
    const registering = (async () => {
      while (Date.now() < end) {
        if (open.length >= BACKLOG) await lookAtOpen();
        if (open.length < BACKLOG) {
          const one = await register(stack.store, {
            phone: `+447700900${String(all.length % 800).padStart(3, "0")}`,
          });
          all.push(one);
          open.push(one);
        }
        await sleep(random() * 60);
      }
    })();
    const crashing = async (index: number) => {
      while (Date.now() < end) {
        await sleep(200 + random() * KILL_WITHIN_MS);
        await instances[index]?.kill();
        kills++;
        instances[index] = await stack.start(env);
      }
    };
    const crashingNats = (async () => {
      while (Date.now() < end) {
        await sleep(1_000 + random() * 4_000);
        await stack.crashNats();
        kills++;
      }
    })();
    await Promise.all([registering, crashingNats, ...instances.map((_, i) => crashing(i))]);

    const deadline = Date.now() + SETTLING_MS;
    while (open.length > 0 && Date.now() < deadline) {
      await lookAtOpen();
      await sleep(200);
    }
    const run = `seed ${SEED}, ${all.length} texts, ${kills} kills`;
    expect(await aFewAtOnce(open, typesOf), `${run}: texts that were not sent`).toEqual([]);
    const count = ({ billingRequestId }: Registered) =>
      stack.twilio.messages.filter((m) => m.body.includes(`${billingRequestId} `)).length;
    const wrong = all.filter((one) => count(one) !== 1).map((one) => `${one.billingRequestId}: ${count(one)}`);
    expect(wrong, run).toEqual([]);
    process.stderr.write(`soak: ${run}: one text each\n`);
  } finally {
    await stack.stop();
  }
});

/** A long run leaves tens of thousands of streams: if all were read at once, the last would time out. */
const aFewAtOnce = async <T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += 64) results.push(...(await Promise.all(items.slice(i, i + 64).map(read))));
  return results;
};
