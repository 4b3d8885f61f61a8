import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, startNats } from "@touchline/embedded";
import { startGoCardlessStandIn } from "@touchline/sandbox";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { launchCluster } from "@touchline/testing/cluster";
import { startTwilioSink } from "../../../notification/bench/twilio-sink.ts";
import { runCommand } from "../../src/command.ts";
import { natsStranger } from "../outsiders.ts";
import { account, SENDER, secrets } from "../stand-ins.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { type Instance, SERVICES, startInstance } from "./instances.ts";
import { nameIn, startLoad } from "./load.ts";
import { type Played, reportOn } from "./report.ts";

/**
 * `npm run chaos`: two of every service on a stand-in of three event store nodes, registrations by gRPC and NATS, and faults of
 * nodes and services at random. Options: `--minutes 30 --seed 1 --rate 6 --fault "leader killed"`. Exits 1 when a registration
 * was lost, a family was texted twice, or a process ended by itself.
 */
const CALM_MS = 3_000;
const RECOVERS_WITHIN_MS = 60_000;
const LAST_TEXTS_WITHIN_MS = 120_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string" },
    rate: { type: "string", default: "6" },
    fault: { type: "string" },
  },
});

/** Numbers from 0 up to 1, the same for the same seed. (Mulberry32.) */
const seeded = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const startAll = async (runtime: Runtime, closing: (() => Promise<unknown>)[]) => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-chaos-"));
  const ended: string[] = [];
  const closes = <T>(started: T, close: (started: T) => Promise<unknown>): T => {
    closing.push(() => close(started));
    return started;
  };
  closing.push(async () => {
    // Logs say why; they are kept when something went wrong.
    if (ended.length === 0) rmSync(dataDir, { recursive: true, force: true });
  });
  const sink = closes(await startTwilioSink(nameIn), (one) => one.stop());
  const goCardless = closes(
    await startGoCardlessStandIn({
      accessToken: secrets.goCardless,
      webhookSecret: secrets.webhook,
      rateLimitPerMinute: Number.MAX_SAFE_INTEGER,
    }),
    (one) => one.stop(),
  );
  const nats = closes(await startNats({ dataDir: join(dataDir, "nats") }), (one) => one.stop());
  const cluster = closes(await launchCluster({ dataDir: join(dataDir, "eventstore") }), (one) => one.close());
  const env = {
    EVENTSTORE_URL: cluster.url,
    NATS_URL: nats.url,
    PAYMENT_BASE_URL: `http://127.0.0.1:${await freePort()}`,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_PHONE_NUMBER: SENDER,
    TWILIO_API_BASE_URL: sink.url,
    GOCARDLESS_ACCESS_TOKEN: secrets.goCardless,
    GOCARDLESS_WEBHOOK_SECRET: secrets.webhook,
    GOCARDLESS_API_BASE_URL: goCardless.url,
  };
  const instances: Instance[] = [];
  for (const copy of ["a", "b"]) {
    for (const service of SERVICES) {
      const options = { env, dataDir, runtime, onEnded: (what: string) => void ended.push(what) };
      instances.push(closes(await startInstance(service, copy, options), (one) => one.stop()));
    }
  }
  const stranger = closes(await natsStranger(nats.url), (one) => one.close());
  return { dataDir, sink, cluster, instances, ended, nats: stranger };
};

const closeAll = async (closing: (() => Promise<unknown>)[]) => {
  for (const close of closing.splice(0).reverse()) await close();
};

await runCommand("chaos", async ({ say, print, signal }) => {
  const seed = values.seed === undefined ? Date.now() % 100_000 : Number(values.seed);
  const runtime: Runtime = { ...systemRuntime(), random: seeded(seed) };
  const kinds = Object.entries(FAULTS).filter(([kind]) => values.fault === undefined || kind === values.fault);
  if (kinds.length === 0) throw new Error(`Unknown fault. One of: ${Object.keys(FAULTS).join(", ")}`);
  say(`Seed ${seed}. Starting everything twice …`);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const world = await startAll(runtime, closing);
    const { sink, instances, ended } = world;
    const targets = instances.filter(({ name }) => name.startsWith("registration")).map((one) => one.grpcTarget);
    const load = await startLoad(targets, world.nats, Number(values.rate), runtime);
    const newest = () => Math.max(0, ...[...sink.arrivals.values()].flat());
    const until = async (done: () => boolean, withinMs: number) => {
      const end = runtime.monotonicMs() + withinMs;
      while (!done() && runtime.monotonicMs() < end && !signal.aborted) await runtime.sleep(50, signal);
    };
    await until(() => sink.arrivals.size > 0, RECOVERS_WITHIN_MS);

    const played: Played[] = [];
    const end = runtime.monotonicMs() + Number(values.minutes) * 60_000;
    while (runtime.monotonicMs() < end && !signal.aborted) {
      const [kind, fault] = kinds[Math.floor(runtime.random() * kinds.length)] as [string, Fault];
      const fromMs = runtime.monotonicMs();
      say(`${kind} …`);
      await fault({ ...world, runtime });
      const healedMs = runtime.monotonicMs();
      await until(() => newest() > healedMs, RECOVERS_WITHIN_MS);
      await runtime.sleep(CALM_MS, signal);
      played.push({ kind, fromMs, toMs: runtime.monotonicMs() });
    }
    await load.stop();
    await until(() => [...load.acknowledged].every((name) => sink.arrivals.has(name)), LAST_TEXTS_WITHIN_MS);
    const { lines, clean } = reportOn(played, sink.arrivals, load.acknowledged, ended);
    for (const line of lines) print(line);
    if (!clean) say(`Again with --seed ${seed}. Logs: ${world.dataDir}`);
    return clean ? 0 : 1;
  } finally {
    await closeAll(closing);
  }
});
