import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "@touchline/embedded";
import { seeded, startGoCardlessStandIn, startTwilioStandIn, type TwilioStandIn } from "@touchline/sandbox";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { launchCluster } from "@touchline/testing/cluster";
import { startNatsCluster } from "@touchline/testing/stack";
import { runCommand } from "../../src/command.ts";
import { natsStranger } from "../outsiders.ts";
import { account, SENDER, secrets } from "../stand-ins.ts";
import { lookAfterwards } from "./afterwards.ts";
import { idleAmong } from "./at-work.ts";
import { type Fault, faultsWith } from "./faults.ts";
import { type Instance, SERVICES, startInstance } from "./instances.ts";
import { nameIn, startLoad } from "./load.ts";
import { type Played, reportOn } from "./report.ts";
import { openWays } from "./ways.ts";

/**
 * `npm run chaos`: two of every service on three event store nodes (a stand-in, or those of EVENTSTORE_BIN) and three NATS servers,
 * registrations by gRPC and NATS, and faults of nodes, servers, services, their ways to both and both providers in random order. Options: `--minutes 30 --seed 1 --rate 6
 * --fault "leader killed" --clocks`. Exits 1 when a registration was lost, a family was texted twice, a process ended by itself, an
 * instance stayed idle, or a view or a link is wrong afterwards.
 */
const CALM_MS = 3_000;
/** A registration takes some 20 KB of it. When only the fault fills it, it is full for as long as the fault lasts. */
const NATS_DISK_KIB = 1_024 * 1_024;
const RECOVERS_WITHIN_MS = 60_000;
/** Longer than a text of unknown outcome takes: its attempt is given up, and Twilio's list is asked twice. */
const LAST_TEXTS_WITHIN_MS = 20 * 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string" },
    rate: { type: "string", default: "6" },
    fault: { type: "string", multiple: true, default: [] },
    clocks: { type: "boolean", default: false },
  },
});

/** When each child's texts were sent. */
const textsIn = (twilio: TwilioStandIn): Map<string, number[]> => {
  const texts = new Map<string, number[]>();
  for (const { body, createdAt, direction } of twilio.messages) {
    const name = direction === "inbound" ? undefined : nameIn(body);
    if (name) texts.set(name, [...(texts.get(name) ?? []), Date.parse(createdAt)]);
  }
  return texts;
};

const startAll = async (runtime: Runtime, disk: SmallDisk | undefined, closing: (() => Promise<unknown>)[]) => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-chaos-"));
  const ended: string[] = [];
  const closes = <T>(started: T, close: (started: T) => Promise<unknown>): T => {
    closing.push(() => close(started));
    return started;
  };
  const notificationPort = String(await freePort());
  const publicUrl = `http://127.0.0.1:${notificationPort}`;
  const twilio = closes(await startTwilioStandIn({ ...account, publicUrl }), (one) => one.stop());
  const goCardless = closes(
    await startGoCardlessStandIn({
      accessToken: secrets.goCardless,
      webhookSecret: secrets.webhook,
      rateLimitPerMinute: Number.MAX_SAFE_INTEGER,
    }),
    (one) => one.stop(),
  );
  const nats = closes(await startNatsCluster("chaos-nats", { firstDataDir: disk?.path }), (one) => one.stop());
  const cluster = closes(
    await launchCluster({ dataDir: join(dataDir, "eventstore"), binary: process.env.EVENTSTORE_BIN }),
    (one) => one.close(),
  );
  const env = {
    PAYMENT_BASE_URL: publicUrl,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_PHONE_NUMBER: SENDER,
    TWILIO_API_BASE_URL: twilio.url,
    GOCARDLESS_ACCESS_TOKEN: secrets.goCardless,
    GOCARDLESS_WEBHOOK_SECRET: secrets.webhook,
    GOCARDLESS_API_BASE_URL: goCardless.url,
    // Texts of unknown outcome are looked up sooner than usual, so that the report need not wait for them.
    SMS_EVIDENCE_SECONDS: "10",
  };
  const instances: Instance[] = [];
  for (const copy of ["a", "b"]) {
    for (const service of SERVICES) {
      // Reports of texts reach the first of both.
      const own = service === "notification" && copy === "a" ? { ...env, NOTIFICATION_PORT: notificationPort } : env;
      const urls = { nats: nats.url, eventStore: cluster.url };
      const ways = closes(await openWays(instances.length + 1, urls), async (one) => {
        await Promise.all([one.nats.close(), one.eventStore.close()]);
      });
      const options = {
        env: own,
        ways,
        dataDir,
        runtime,
        clocks: values.clocks,
        onEnded: (what: string) => void ended.push(what),
      };
      instances.push(closes(await startInstance(service, copy, options), (one) => one.stop()));
    }
  }
  const stranger = closes(await natsStranger(nats.url), (one) => one.close());
  return { dataDir, twilio, goCardless, cluster, instances, ended, nats, stranger };
};

const closeAll = async (closing: (() => Promise<unknown>)[]) => {
  for (const close of closing.splice(0).reverse()) await close();
};

await runCommand("chaos", async ({ say, print, signal }) => {
  const seed = values.seed === undefined ? Date.now() % 100_000 : Number(values.seed);
  const runtime: Runtime = { ...systemRuntime(), random: seeded(seed) };
  const closing: (() => Promise<unknown>)[] = [];
  const disk = smallDisk(NATS_DISK_KIB);
  if (disk) closing.push(async () => disk.remove());
  else say("This user may not mount a small disk: no disk of a NATS server becomes full.");
  const faults = faultsWith(values.clocks, disk);
  const kinds = Object.entries(faults).filter(([kind]) => values.fault.length === 0 || values.fault.includes(kind));
  if (kinds.length < Math.max(1, values.fault.length))
    throw new Error(`Unknown fault. One of: ${Object.keys(faults).join(", ")}`);
  say(`Seed ${seed}. Starting everything twice …`);
  try {
    const world = await startAll(runtime, disk, closing);
    const { twilio, instances, ended } = world;
    const targets = instances.filter(({ name }) => name.startsWith("registration")).map((one) => one.grpcTarget);
    const load = await startLoad(targets, world.stranger, Number(values.rate), runtime);
    const nowMs = () => runtime.now().getTime();
    const newest = () => Math.max(0, ...[...textsIn(twilio).values()].flat());
    const until = async (done: () => boolean, withinMs: number) => {
      const end = runtime.monotonicMs() + withinMs;
      while (!done() && runtime.monotonicMs() < end && !signal.aborted) await runtime.sleep(250, signal);
    };
    await until(() => textsIn(twilio).size > 0, RECOVERS_WITHIN_MS);

    const played: Played[] = [];
    // In random order, and each kind equally often.
    const next: (readonly [string, Fault])[] = [];
    const end = runtime.monotonicMs() + Number(values.minutes) * 60_000;
    while (runtime.monotonicMs() < end && !signal.aborted) {
      if (next.length === 0) next.push(...kinds);
      const [drawn] = next.splice(Math.floor(runtime.random() * next.length), 1);
      const [kind, fault] = drawn as [string, Fault];
      const fromMs = nowMs();
      say(`${kind} …`);
      await fault({ ...world, runtime });
      while ((await world.cluster.state()).leader === null && !signal.aborted) await runtime.sleep(50, signal);
      while (!(await world.stranger.isLed()) && !signal.aborted) await runtime.sleep(250, signal);
      const ledMs = nowMs();
      await until(() => newest() > ledMs, RECOVERS_WITHIN_MS);
      const idle = await idleAmong(world.instances, runtime, RECOVERS_WITHIN_MS);
      const atWorkMs = nowMs();
      await runtime.sleep(CALM_MS, signal);
      played.push({ kind, fromMs, ledMs, atWorkMs, idle, toMs: nowMs() });
    }
    await load.stop();
    const allTexted = () => {
      const texts = textsIn(twilio);
      return [...load.acknowledged].every((name) => texts.has(name));
    };
    await until(allTexted, LAST_TEXTS_WITHIN_MS);
    const wrong = await lookAfterwards(load, world, runtime);
    const { lines, clean } = reportOn(played, textsIn(twilio), load.acknowledged, ended, wrong);
    for (const line of lines) print(line);
    // Logs say why: they are kept when something went wrong.
    if (clean) closing.unshift(async () => rmSync(world.dataDir, { recursive: true, force: true }));
    else say(`Again with --seed ${seed}. Logs: ${world.dataDir}`);
    return clean ? 0 : 1;
  } finally {
    await closeAll(closing);
  }
});
