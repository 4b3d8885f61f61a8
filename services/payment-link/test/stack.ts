import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PaymentEvent } from "@touchline/contracts";
import { freePort, type RunningEventStore, type RunningNats, startEventStore, startNats } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type GoCardlessOptions, type GoCardlessStandIn, startGoCardlessStandIn } from "@touchline/sandbox";

export const SECRET = "stand-in-webhook-secret";
export const TOKEN = "stand-in-access-token";

export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Starts a service's main.ts under plain node, and resolves when it says that it is ready. */
export const startProcess = async (
  script: string,
  env: NodeJS.ProcessEnv,
  { url = "", ready: wait = true } = {},
): Promise<ServiceProcess> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../..", script)], {
    env: { PATH: process.env.PATH, LOG_LEVEL: "debug", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}:\n${text}`)));
  });
  if (wait) await ready;
  else ready.catch(() => {});
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { child, url, output: () => text, kill: () => end("SIGKILL").then(() => {}), stop: () => end("SIGTERM") };
};

export interface Stack {
  readonly store: EventStore;
  readonly goCardless: GoCardlessStandIn;
  readonly eventStore: Restartable;
  readonly nats: Restartable;
  readonly env: NodeJS.ProcessEnv;
  /** Where the first instance of the service answers, and webhooks go. */
  readonly url: string;
  readonly dataDir: string;
  start(env?: NodeJS.ProcessEnv): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

/** A server that a test can take away, and bring back where it was. */
export interface Restartable {
  stop(): Promise<void>;
  start(): Promise<void>;
}

const restartable = (
  first: RunningEventStore | RunningNats,
  again: (port: number) => Promise<RunningEventStore | RunningNats>,
): Restartable & { readonly url: string } => {
  let running = first;
  return {
    url: first.url,
    stop: () => running.stop(),
    start: async () => {
      running = await again(first.port);
    },
  };
};

export interface StackOptions {
  readonly goCardless?: Partial<GoCardlessOptions>;
  readonly env?: NodeJS.ProcessEnv;
}

/** Event store, NATS, relay and a GoCardless, each of its own; the service is started by the test. */
export const startStack = async ({ goCardless: options = {}, env: more = {} }: StackOptions = {}): Promise<Stack> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-links-"));
  const startStore = (port = 0) => startEventStore({ dataDir: join(dataDir, "eventstore"), stderr: "ignore", port });
  const startBroker = (port = 0) => startNats({ dataDir: join(dataDir, "nats"), port });
  const [storeServer, broker, port, relayPort] = await Promise.all([
    startStore(),
    startBroker(),
    freePort(),
    freePort(),
  ]);
  const eventStore = restartable(storeServer, startStore);
  const nats = restartable(broker, startBroker);
  const shared = { EVENTSTORE_URL: eventStore.url, NATS_URL: nats.url };
  const relay = await startProcess("services/relay/src/main.ts", { ...shared, RELAY_PORT: String(relayPort) });
  const url = `http://127.0.0.1:${port}`;
  const goCardless = await startGoCardlessStandIn({
    accessToken: TOKEN,
    webhookSecret: SECRET,
    webhookUrl: `${url}/webhooks/gocardless`,
    ...options,
  });
  const store = connectEventStore({ url: eventStore.url });
  const env = {
    ...shared,
    PAYMENT_BASE_URL: url,
    GOCARDLESS_ACCESS_TOKEN: TOKEN,
    GOCARDLESS_WEBHOOK_SECRET: SECRET,
    GOCARDLESS_API_BASE_URL: goCardless.url,
    CLUB_NAME: "Tigers FC",
    CLUB_CONTACT: "treasurer@tigers.example",
    SEASON_START: "2020-09-01",
    SEASON_END: "2099-05-31",
    ...more,
  };
  const instances: ServiceProcess[] = [];
  const running = (one: ServiceProcess) => one.child.exitCode === null && one.child.signalCode === null;
  return {
    store,
    goCardless,
    eventStore,
    nats,
    env,
    url,
    dataDir,
    start: async (own = {}) => {
      const ownPort = instances.some(running) ? await freePort() : port;
      const place = { PAYMENT_LINK_PORT: String(ownPort), DATA_DIR: join(dataDir, `instance-${ownPort}`) };
      const instance = await startProcess(
        "services/payment-link/src/main.ts",
        { ...env, ...place, ...own },
        { url: `http://127.0.0.1:${ownPort}` },
      );
      instances.push(instance);
      return instance;
    },
    stop: async () => {
      for (const one of instances) await one.stop();
      await goCardless.stop();
      await relay.stop();
      await store.close();
      await nats.stop();
      await eventStore.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

export interface Wish {
  readonly signingFeePence?: number;
  readonly monthlyFeePence?: number;
  readonly preferredPaymentDay?: number;
  readonly billingRequestId?: string;
  readonly registrationId?: string;
}

/** Appends a completed registration, as its service does. */
export const register = async (store: EventStore, wish: Wish = {}): Promise<string> => {
  const registrationId = wish.registrationId ?? randomUUID();
  const data = {
    registrationId,
    child: { firstName: "Zoë", lastName: "O'Neill" },
    parent: { firstName: "Sam", lastName: "O'Neill" },
    parentPhone: "+447700900123",
    team: "Tigers",
    ageGroup: "u10",
    season: "2526",
    preferredPaymentDay: 1,
    signingFeePence: 100,
    monthlyFeePence: 100,
    defaultedFees: [],
    acceptedAt: new Date().toISOString(),
    ...wish,
  };
  await appendNext(store, `registration-${registrationId}`, { type: "RegistrationCompleted", data });
  return registrationId;
};

export const cancelRegistration = (store: EventStore, registrationId: string): Promise<void> =>
  appendNext(store, `registration-${registrationId}`, {
    type: "RegistrationCancelled",
    data: { registrationId, reason: "moved away", cancelledAt: new Date().toISOString() },
  });

/** Appends to the end of a stream. */
export const appendNext = async (store: EventStore, stream: string, event: { type: string; data: object }) => {
  const last = (await store.read(stream)).at(-1);
  const stored = { id: randomUUID(), ...event, metadata: { service: "test" } };
  const result = await store.append(stream, [stored], last ? last.revision : "no_stream");
  if (!result.ok) throw new Error(`${stream} has moved on`);
};

/** Waits until `find` finds something, for as long as the test may run. */
export const eventually = async <T>(find: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> => {
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await sleep(25);
  }
};

export const paymentEvents = async (store: EventStore, linkId: string): Promise<PaymentEvent[]> =>
  (await store.read(`payment-${linkId}`)).map(({ type, data }) => ({ type, data }) as PaymentEvent);

type DataOf<T extends PaymentEvent["type"]> = Extract<PaymentEvent, { type: T }>["data"];

/** Waits for an event of a link, and gives its data. */
export const eventOf = async <T extends PaymentEvent["type"]>(
  store: EventStore,
  linkId: string,
  type: T,
  fits: (data: DataOf<T>) => boolean = () => true,
): Promise<DataOf<T>> => {
  const found = await eventually(async () => {
    const events = (await paymentEvents(store, linkId)).filter(
      (e): e is Extract<PaymentEvent, { type: T }> => e.type === type,
    );
    const data = events.map((event) => event.data as DataOf<T>).find(fits);
    return data === undefined ? undefined : { data };
  });
  return found.data;
};

/** Waits for the link that a registration got. */
export const linkOf = ({ goCardless, store }: Stack, registrationId: string): Promise<string> =>
  eventually(async () => {
    for (const { id, metadata } of goCardless.billingRequests) {
      if (metadata.registration_id !== registrationId) continue;
      if ((await paymentEvents(store, id)).some((e) => e.type === "PaymentTokenCreated")) return id;
    }
    return undefined;
  });

/** What a phone does with a link. */
export const tap = (base: string, id: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base}/reg_setup/${id}`, {
    redirect: "manual",
    headers: { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", ...headers },
  });

export const status = (stack: Stack, linkId: string, wanted: string) =>
  eventOf(stack.store, linkId, "PaymentStatusChanged", (data) => data.status === wanted);

/** The value of a metric, 0 when it has not been counted yet. */
export const metric = async (url: string, name: string, labels = ""): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((l) => l.startsWith(name) && (!labels || l.includes(labels)));
  return Number(line?.split(" ").at(-1) ?? 0);
};
