import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import { connectEventStore, type DomainEvent, type EventStore } from "@touchline/event-store";
import { startTwilioStandIn, type TwilioStandIn } from "@touchline/sandbox";
import { type ServiceProcess, startInfrastructure, startProcess } from "@touchline/testing/stack";

export const ACCOUNT = { accountSid: "AC00000000000000000000000000000001", authToken: "stand-in-token" };

/** An instance of the service and its address. */
export interface Instance extends ServiceProcess {
  readonly url: string;
}

export interface Stack {
  readonly store: EventStore;
  readonly twilio: TwilioStandIn;
  readonly env: NodeJS.ProcessEnv;
  readonly publicUrl: string;
  /** Starts an instance of the service. Twilio's callbacks go to the first one. */
  start(env?: NodeJS.ProcessEnv): Promise<Instance>;
  readonly dataDir: string;
  /** kill -9, and a new server on the same files. */
  crashNats(): Promise<void>;
  stop(): Promise<void>;
}

/** An event store, NATS, the relay and Twilio for this test, which starts the service itself. */
export const startStack = async (twilioOptions: object = {}): Promise<Stack> => {
  const infrastructure = await startInfrastructure("sms");
  const { dataDir, eventStore, nats, env: shared } = infrastructure;
  const relay = await startProcess("services/relay/src/main.ts", {
    env: { ...shared, RELAY_PORT: String(await freePort()) },
  });
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const twilio = await startTwilioStandIn({ ...ACCOUNT, publicUrl, ...twilioOptions });
  const store = connectEventStore({ url: eventStore.url });
  const instances: Instance[] = [];
  let portTaken = false;
  const env = {
    ...shared,
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_PHONE_NUMBER: "+447700900999",
    TWILIO_API_BASE_URL: twilio.url,
    PAYMENT_BASE_URL: publicUrl,
  };
  const start: Stack["start"] = async (more = {}) => {
    const isFirst = !portTaken;
    portTaken = true;
    const ownPort = isFirst ? port : await freePort();
    const own = { NOTIFICATION_PORT: String(ownPort), DATA_DIR: join(dataDir, `instance-${ownPort}`) };
    const service = await startProcess("services/notification/src/main.ts", { env: { ...env, ...own, ...more } });
    const instance = { ...service, url: `http://127.0.0.1:${ownPort}` };
    instances.push(instance);
    if (isFirst) {
      void service.ended.then(() => {
        portTaken = false;
      });
    }
    return instance;
  };
  return {
    store,
    twilio,
    env,
    publicUrl,
    dataDir,
    start,
    crashNats: async () => {
      await nats.kill();
      await nats.start();
    },
    stop: async () => {
      for (const one of [...instances, relay]) await one.stop();
      await twilio.stop();
      await store.close();
      await infrastructure.stop();
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
  { phone = "+447700900123", firstName = "Zoë", email = "", token = true, at = new Date() } = {},
): Promise<Registered> => {
  const registrationId = randomUUID();
  const billingRequestId = `BRQ${Date.now().toString(36).toUpperCase()}${(counter++).toString(36).toUpperCase().padStart(5, "0")}`;
  await append(store, `registration-${registrationId}`, registrationId, -1n, {
    type: "RegistrationCompleted",
    data: {
      registrationId,
      child: { firstName, lastName: "O'Neill" },
      parent: { firstName: "Sam", lastName: "O'Neill", ...(email && { email }) },
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
  if (token) await createToken(store, registrationId, billingRequestId, at);
  return { registrationId, billingRequestId, phone };
};

export const createToken = (
  store: EventStore,
  registrationId: string,
  billingRequestId: string,
  at = new Date(),
): Promise<void> =>
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
      createdAt: at.toISOString(),
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
  // Appending the same event again is harmless, and a busy machine must not fail the test.
  const result = await once().catch(once).catch(once);
  if (!result.ok) throw new Error(`${stream} is not at revision ${revision}`);
};

/** Appends to the end of a stream. */
export const appendNext = async (store: EventStore, stream: string, registrationId: string, event: DomainEvent) =>
  append(store, stream, registrationId, (await store.read(stream)).at(-1)?.revision ?? -1n, event);
