import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chatSubjects } from "@touchline/contracts";
import { freePort, startNats } from "@touchline/embedded";
import { connectEventStore, type StoredEvent } from "@touchline/event-store";
import { connectMessaging, ensureStreams, type Messaging } from "@touchline/messaging";
import { startGoCardlessStandIn } from "@touchline/sandbox";
import { systemRuntime } from "@touchline/service/runtime";
import { startBenchStore } from "@touchline/testing/bench-store";
import { type ServiceProcess, startProcess } from "@touchline/testing/stack";
import { twilioGateway } from "../src/twilio/gateway.ts";
import { ACCOUNT } from "../test/stack.ts";
import { startTwilioSink, type TwilioSink } from "./twilio-sink.ts";

/**
 * Measures the time from a completed registration, published by the gateway, to the request for its text at Twilio: through NATS,
 * registration, event store, relay, payment token and notification, all on this machine or with the empty event store at
 * EVENTSTORE_URL. Options: `--rate 20 --seconds 15 --burst 5000 --nodes 1`. Exits with 1 if a bound is missed, or a text came
 * twice or not at all.
 */
const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "20" },
    seconds: { type: "string", default: "15" },
    burst: { type: "string", default: "5000" },
    nodes: { type: "string", default: "1" },
  },
});
const RATE = Number(values.rate);
const SECONDS = Number(values.seconds);
const BURST = Number(values.burst);
const P95_BOUND_MS = 100;
const SUSTAINED_BOUND = 150;
const SDK_TEXTS = 3_000;
const SDK_AT_ONCE = 64;

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** The child's name distinguishes the texts: `Qaaab` and so on, letters only. */
const nameOf = (n: number) =>
  `Q${n
    .toString(26)
    .padStart(4, "0")
    .replaceAll(/./g, (c) => String.fromCharCode(97 + Number.parseInt(c, 26)))}`;
const keyOf = (body: string) => /for (Q[a-z]+)!/.exec(body)?.[1];

const percentiles = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN).toFixed(1);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

const residentMb = ({ child }: ServiceProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1_024;

/** CPU time of a process so far, including system time. Unlike clocks, it does not depend on what else runs on the machine. */
const cpuMs = (pid: number | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const startAll = async (sink: TwilioSink) => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-bench-"));
  const eventStore = await startBenchStore(join(dataDir, "eventstore"), Number(values.nodes));
  const nats = await startNats({ dataDir: join(dataDir, "nats") });
  const goCardless = await startGoCardlessStandIn({
    accessToken: "bench",
    webhookSecret: "bench",
    rateLimitPerMinute: Number.MAX_SAFE_INTEGER,
  });
  const port = await freePort();
  const env = {
    LOG_LEVEL: "warn",
    EVENTSTORE_URL: eventStore.url,
    NATS_URL: nats.url,
    DATA_DIR: dataDir,
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_PHONE_NUMBER: "+447700900999",
    TWILIO_API_BASE_URL: sink.url,
    PAYMENT_BASE_URL: `http://127.0.0.1:${port}`,
    GOCARDLESS_ACCESS_TOKEN: "bench",
    GOCARDLESS_WEBHOOK_SECRET: "bench",
    GOCARDLESS_API_BASE_URL: goCardless.url,
    NOTIFICATION_PORT: String(port),
    RELAY_PORT: String(await freePort()),
    REGISTRATION_PORT: String(await freePort()),
    GRPC_PORT: String(await freePort()),
    PAYMENT_LINK_PORT: String(await freePort()),
  };
  const services: Record<string, ServiceProcess> = {};
  for (const name of ["relay", "registration", "payment-link", "notification"]) {
    services[name] = await startProcess(`services/${name}/src/main.ts`, { env });
  }
  const messaging = await connectMessaging({ url: nats.url, name: "bench" });
  await ensureStreams(messaging);
  return {
    messaging,
    eventStoreUrl: eventStore.url,
    notification: services.notification as ServiceProcess,
    pids: {
      ...(eventStore.pid && { "event store": eventStore.pid }),
      nats: nats.pid,
      ...Object.fromEntries(Object.entries(services).map(([name, { child }]) => [name, child.pid])),
      "this script, with both stand-ins": process.pid,
    } as Readonly<Record<string, number | undefined>>,
    stop: async () => {
      await messaging.close();
      for (const service of Object.values(services)) await service.stop();
      await goCardless.stop();
      await nats.stop();
      await eventStore.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const registration = (n: number) => ({
  registrationId: randomUUID(),
  child: { firstName: nameOf(n), lastName: "Bench" },
  parent: { firstName: "Sam", lastName: "Bench" },
  parentPhone: `07700 900${String(n % 800).padStart(3, "0")}`,
  team: "Tigers",
  ageGroup: "u10",
  season: "2627",
  preferredPaymentDay: 1,
  signingFeePence: 100,
  monthlyFeePence: 100,
});

/** Publishes `count` registrations at this rate, or as fast as NATS takes them, and waits for their texts. */
const run = async (messaging: Messaging, sink: TwilioSink, first: number, count: number, rate: number) => {
  const published = new Map<string, number>();
  const start = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const due = start + (rate > 0 ? (i * 1_000) / rate : 0);
    if (due > performance.now()) await sleep(due - performance.now());
    published.set(nameOf(first + i), performance.now());
    pending.push(messaging.publishJson(chatSubjects.registrationCompleted, registration(first + i)));
    if (pending.length >= 256) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  const deadline = performance.now() + 180_000;
  const missing = () => [...published.keys()].filter((key) => !sink.arrivals.has(key)).length;
  while (missing() > 0 && performance.now() < deadline) await sleep(50);
  const arrived = [...published].flatMap(([key, at]) =>
    (sink.arrivals.get(key) ?? []).slice(0, 1).map((t) => [t - at, t]),
  );
  const times = arrived.map(([, t]) => t ?? 0).sort((a, b) => a - b);
  const middle = times.slice(Math.floor(times.length * 0.1), Math.ceil(times.length * 0.9));
  const perSecond = ((middle.length - 1) * 1_000) / ((middle.at(-1) ?? 0) - (middle[0] ?? 0));
  const doubles = [...published.keys()].filter((key) => (sink.arrivals.get(key)?.length ?? 0) > 1).length;
  return { latencies: arrived.map(([latency]) => latency ?? 0), perSecond, missing: missing(), doubles };
};

/** The SDK alone against the same sink: an upper bound for anything built on it. */
const sdkAlone = async (sink: TwilioSink) => {
  const gateway = twilioGateway({
    ...ACCOUNT,
    sender: { from: "+447700900999" },
    apiBaseUrl: sink.url,
    statusCallbackUrl: "http://127.0.0.1:1/status",
    timeoutMs: 10_000,
    maxSockets: SDK_AT_ONCE,
    runtime: systemRuntime(),
  });
  let next = 0;
  const latencies: number[] = [];
  const worker = async () => {
    while (next++ < SDK_TEXTS) {
      const at = performance.now();
      await gateway.send({ to: "+447700900123", body: "a text of the SDK alone", attemptId: String(next) });
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: SDK_AT_ONCE }, worker));
  const start = performance.now();
  next = 0;
  latencies.length = 0;
  await Promise.all(Array.from({ length: SDK_AT_ONCE }, worker));
  return { perSecond: (SDK_TEXTS * 1_000) / (performance.now() - start), latencies };
};

/**
 * Reads from the streams what happens between a registration's message and its request at Twilio: appends, each with its own
 * cause, and the NATS messages that caused them.
 */
const pathOf = async (url: string): Promise<string> => {
  const store = connectEventStore({ url });
  const all: StoredEvent[] = [];
  for await (const event of store.readAll()) all.push(event);
  await store.close();
  const claim = all.findLast(({ type }) => type === "SmsAttemptStarted");
  const before = all.filter(
    ({ metadata, position }) =>
      metadata.$correlationId === claim?.metadata.$correlationId && position <= (claim?.position ?? 0n),
  );
  const appends = Map.groupBy(before, ({ metadata }) => metadata.$causationId);
  const steps = [...appends.values()].map((events) => events.map(({ type }) => type).join(" + "));
  return `${steps.length} appends and ${steps.length} messages before Twilio's request: ${steps.join(" → ")}`;
};

const sink = await startTwilioSink(keyOf);
const stack = await startAll(sink);
let failed = false;
try {
  say(`${cpus().length} CPUs, node ${process.version}; Twilio's stand-in answers at once`);
  // Warms up code and connections, as in any process that has run for a minute.
  await run(stack.messaging, sink, 0, 200, 50);

  const steady = await run(stack.messaging, sink, 1_000, RATE * SECONDS, RATE);
  const at = percentiles(steady.latencies);
  say(await pathOf(stack.eventStoreUrl));
  say(`${RATE}/s for ${SECONDS} s: p50 ${at.p50} ms, p95 ${at.p95} ms, p99 ${at.p99} ms, max ${at.max} ms`);

  const before = residentMb(stack.notification);
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, residentMb(stack.notification));
  }, 200);
  const cpuBefore = Object.values(stack.pids).map(cpuMs);
  const burst = await run(stack.messaging, sink, 10_000, BURST, 0);
  clearInterval(watching);
  const under = percentiles(burst.latencies);
  say(
    `burst of ${BURST}: p50 ${under.p50} ms, p95 ${under.p95} ms, p99 ${under.p99} ms; sustained ${burst.perSecond.toFixed(0)} texts/s`,
  );
  const spent = Object.entries(stack.pids).map(([name, pid], i) => ({
    name,
    ms: (cpuMs(pid) - (cpuBefore[i] ?? 0)) / BURST,
  }));
  const all = spent.reduce((sum, { ms }) => sum + ms, 0);
  say(`CPU per text: ${all.toFixed(1)} ms (${spent.map(({ name, ms }) => `${name} ${ms.toFixed(1)}`).join(", ")})`);
  say(`memory of notification: ${before.toFixed(0)} MB before, at most ${most.toFixed(0)} MB during the burst`);

  const bound = await sdkAlone(sink);
  const sdk = percentiles(bound.latencies);
  say(`SDK alone, ${SDK_AT_ONCE} at once: ${bound.perSecond.toFixed(0)} texts/s, p50 ${sdk.p50} ms, p95 ${sdk.p95} ms`);

  const missing = steady.missing + burst.missing;
  const doubles = steady.doubles + burst.doubles;
  say(`${missing} texts missing, ${doubles} twice`);
  failed = missing + doubles > 0 || Number(at.p95) >= P95_BOUND_MS || burst.perSecond < SUSTAINED_BOUND;
  say(
    failed
      ? "A bound was missed."
      : `Within bounds: p95 under ${P95_BOUND_MS} ms, at least ${SUSTAINED_BOUND} texts/s.`,
  );
} finally {
  await stack.stop();
  await sink.stop();
}
process.exitCode = failed ? 1 : 0;
