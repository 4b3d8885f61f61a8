import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { PaymentEvent } from "@touchline/contracts";
import { freePort } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type GoCardlessOptions, type GoCardlessStandIn, startGoCardlessStandIn } from "@touchline/sandbox";
import { eventually } from "@touchline/testing";
import { type Server, type ServiceProcess, startInfrastructure, startProcess } from "@touchline/testing/stack";

export const SECRET = "stand-in-webhook-secret";
export const TOKEN = "stand-in-access-token";

/** An instance of the service and its address. */
export interface Instance extends ServiceProcess {
  readonly url: string;
  readonly dataDir: string;
}

export interface Stack {
  readonly store: EventStore;
  readonly goCardless: GoCardlessStandIn;
  readonly eventStore: Server;
  readonly nats: Server;
  readonly env: NodeJS.ProcessEnv;
  /** The address of the service's first instance, to which webhooks go. */
  readonly url: string;
  readonly dataDir: string;
  start(env?: NodeJS.ProcessEnv): Promise<Instance>;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly goCardless?: Partial<GoCardlessOptions>;
  readonly env?: NodeJS.ProcessEnv;
}

/** An event store, NATS, the relay and GoCardless for this test, which starts the service itself. */
export const startStack = async ({ goCardless: options = {}, env: more = {} }: StackOptions = {}): Promise<Stack> => {
  const infrastructure = await startInfrastructure("links");
  const { dataDir, eventStore, nats, env: shared } = infrastructure;
  const [port, relayPort] = await Promise.all([freePort(), freePort()]);
  const relay = await startProcess("services/relay/src/main.ts", {
    env: { ...shared, RELAY_PORT: String(relayPort) },
  });
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
  const instances: Instance[] = [];
  const running = (one: Instance) => one.child.exitCode === null && one.child.signalCode === null;
  const start: Stack["start"] = async (own = {}) => {
    const ownPort = instances.some(running) ? await freePort() : port;
    const ownData = join(dataDir, `instance-${ownPort}`);
    const place = { PAYMENT_LINK_PORT: String(ownPort), DATA_DIR: ownData };
    const service = await startProcess("services/payment-link/src/main.ts", { env: { ...env, ...place, ...own } });
    const instance = { ...service, url: `http://127.0.0.1:${ownPort}`, dataDir: ownData };
    instances.push(instance);
    return instance;
  };
  return {
    store,
    goCardless,
    eventStore,
    nats,
    env,
    url,
    dataDir,
    start,
    stop: async () => {
      for (const one of instances) await one.stop();
      await goCardless.stop();
      await relay.stop();
      await store.close();
      await infrastructure.stop();
    },
  };
};

export interface Wish {
  readonly signingFeePence?: number;
  readonly monthlyFeePence?: number;
  readonly season?: string;
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
  if (!result.ok) throw new Error(`${stream} has a newer event`);
};

export const paymentEvents = async (store: EventStore, linkId: string): Promise<PaymentEvent[]> =>
  (await store.read(`payment-${linkId}`)).map(({ type, data }) => ({ type, data }) as PaymentEvent);

type DataOf<T extends PaymentEvent["type"]> = Extract<PaymentEvent, { type: T }>["data"];

/** Waits for an event of a link. Resolves with its data. */
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

/** Waits for a registration's link. */
export const linkOf = ({ goCardless, store }: Stack, registrationId: string): Promise<string> =>
  eventually(async () => {
    for (const { id, metadata } of goCardless.billingRequests) {
      if (metadata.registration_id !== registrationId) continue;
      if ((await paymentEvents(store, id)).some((e) => e.type === "PaymentTokenCreated")) return id;
    }
    return undefined;
  });

/** Opens a link as a phone does. */
export const tap = (base: string, id: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base}/reg_setup/${id}`, {
    redirect: "manual",
    headers: { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", ...headers },
  });

export const status = (stack: Stack, linkId: string, wanted: string) =>
  eventOf(stack.store, linkId, "PaymentStatusChanged", (data) => data.status === wanted);
