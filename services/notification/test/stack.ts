import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startEventStore, startNats } from "@touchline/embedded";
import { connectEventStore, type DomainEvent, type EventStore } from "@touchline/event-store";
import { startTwilioStandIn, type TwilioStandIn } from "@touchline/sandbox";

export const ACCOUNT = { accountSid: "AC00000000000000000000000000000001", authToken: "stand-in-token" };

export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Starts a service's main.ts under plain node, and resolves when it says that it is ready. */
export const startProcess = async (script: string, env: NodeJS.ProcessEnv, url = ""): Promise<ServiceProcess> => {
  const child = spawn(
    process.execPath,
    // As the launcher starts it.
    [
      "--max-semi-space-size=4",
      "--heap-growing-percent=40",
      "--initial-old-space-size=64",
      join(import.meta.dirname, "../../..", script),
    ],
    {
      env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: "2", LOG_LEVEL: "debug", ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}:\n${text}`)));
  });
  await ready;
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { child, url, output: () => text, kill: () => end("SIGKILL").then(() => {}), stop: () => end("SIGTERM") };
};

export interface Stack {
  readonly store: EventStore;
  readonly twilio: TwilioStandIn;
  readonly env: NodeJS.ProcessEnv;
  readonly publicUrl: string;
  /** Starts an instance of the service; the first one is where Twilio's callbacks go. */
  start(env?: NodeJS.ProcessEnv): Promise<ServiceProcess>;
  readonly dataDir: string;
  /** kill -9, and a new server on the same files. */
  crashNats(): Promise<void>;
  stop(): Promise<void>;
}

/** The event store, NATS, the relay and a Twilio, each of its own; the service is started by the test. */
export const startStack = async (twilioOptions: object = {}): Promise<Stack> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-sms-"));
  const eventStore = await startEventStore({ dataDir: join(dataDir, "eventstore") });
  let nats = await startNats({ dataDir: join(dataDir, "nats") });
  const shared = { EVENTSTORE_URL: eventStore.url, NATS_URL: nats.url };
  const relay = await startProcess("services/relay/src/main.ts", { ...shared, RELAY_PORT: String(await freePort()) });
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const twilio = await startTwilioStandIn({ ...ACCOUNT, publicUrl, ...twilioOptions });
  const store = connectEventStore({ url: eventStore.url });
  const instances: ServiceProcess[] = [];
  let portTaken = false;
  const env = {
    ...shared,
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_PHONE_NUMBER: "+447700900999",
    TWILIO_API_BASE_URL: twilio.url,
    PAYMENT_BASE_URL: publicUrl,
  };
  return {
    store,
    twilio,
    env,
    publicUrl,
    dataDir,
    crashNats: async () => {
      const { port: natsPort, child } = nats;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      process.kill(nats.pid, "SIGKILL");
      await gone;
      nats = await startNats({ dataDir: join(dataDir, "nats"), port: natsPort });
    },
    start: async (more = {}) => {
      const isFirst = !portTaken;
      portTaken = true;
      const ownPort = isFirst ? port : await freePort();
      const own = { NOTIFICATION_PORT: String(ownPort), DATA_DIR: join(dataDir, `instance-${ownPort}`) };
      const instance = await startProcess(
        "services/notification/src/main.ts",
        { ...env, ...own, ...more },
        `http://127.0.0.1:${ownPort}`,
      );
      instances.push(instance);
      if (isFirst) {
        instance.child.once("exit", () => {
          portTaken = false;
        });
      }
      return instance;
    },
    stop: async () => {
      for (const one of [...instances, relay]) await one.stop();
      await twilio.stop();
      await store.close();
      await nats.stop();
      await eventStore.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

let counter = 0;

export interface Registered {
  readonly registrationId: string;
  readonly billingRequestId: string;
  readonly phone: string;
}

/** A registration and its payment token, as their services append them. */
export const register = async (
  store: EventStore,
  { phone = "+447700900123", firstName = "Zoë", token = true, at = new Date() } = {},
): Promise<Registered> => {
  const registrationId = randomUUID();
  const billingRequestId = `BRQ${Date.now().toString(36).toUpperCase()}${(counter++).toString(36).toUpperCase().padStart(5, "0")}`;
  await append(store, `registration-${registrationId}`, registrationId, -1n, {
    type: "RegistrationCompleted",
    data: {
      registrationId,
      child: { firstName, lastName: "O'Neill" },
      parent: { firstName: "Sam", lastName: "O'Neill" },
      parentPhone: phone,
      team: "Tigers",
      ageGroup: "u10",
      season: "2526",
      preferredPaymentDay: 1,
      signingFeePence: 100,
      monthlyFeePence: 100,
      defaultedFees: [],
      acceptedAt: at.toISOString(),
    },
  });
  if (token) await createToken(store, registrationId, billingRequestId);
  return { registrationId, billingRequestId, phone };
};

export const createToken = (store: EventStore, registrationId: string, billingRequestId: string): Promise<void> =>
  append(store, `payment-${billingRequestId}`, registrationId, -1n, {
    type: "PaymentTokenCreated",
    data: {
      billingRequestId,
      registrationId,
      origin: "created",
      feePence: 100,
      mandate: true,
      monthlyFeePence: 100,
      preferredPaymentDay: 1,
      season: "2526",
      createdAt: new Date().toISOString(),
    },
  });

export const append = async (
  store: EventStore,
  stream: string,
  registrationId: string,
  revision: bigint,
  event: DomainEvent,
): Promise<void> => {
  const metadata = { service: "test", $correlationId: registrationId };
  const events = [{ id: randomUUID(), ...event, metadata }];
  const once = () => store.append(stream, events, revision < 0n ? "no_stream" : revision);
  // The same event again is harmless, and a busy machine is no reason to fail.
  const result = await once().catch(once).catch(once);
  if (!result.ok) throw new Error(`${stream} is not at ${revision}`);
};

/** Appends to the end of a stream. */
export const appendNext = async (store: EventStore, stream: string, registrationId: string, event: DomainEvent) =>
  append(store, stream, registrationId, (await store.read(stream)).at(-1)?.revision ?? -1n, event);

/** Waits until `find` finds something, for as long as the test may run. */
export const eventually = async <T>(find: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> => {
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await sleep(20);
  }
};
