import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { Fault } from "@touchline/contracts";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { createLogger, systemRuntime } from "@touchline/service";
import { createLineWriter } from "@touchline/service/line-writer";
import { eventually } from "@touchline/testing";
import { prepareInfrastructure, type Server } from "@touchline/testing/stack";
import { createParent } from "../../services/launcher/src/parent.ts";
import { playRegistration } from "../../services/launcher/src/play.ts";
import { freePorts } from "../../services/launcher/src/ports.ts";
import { connectRegistration, type DemoClient } from "../../services/launcher/src/registration-client.ts";
import { sampleRegistration } from "../../services/launcher/src/sample.ts";
import { type Stack, startStack } from "../../services/launcher/src/stack.ts";

/** Credentials that only the sandbox knows. */
export const pretended = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "sandbox-auth-token",
  TWILIO_PHONE_NUMBER: "+447700900000",
  GOCARDLESS_ACCESS_TOKEN: "sandbox-access-token",
  GOCARDLESS_WEBHOOK_SECRET: "sandbox-webhook-secret",
  GOCARDLESS_ENVIRONMENT: "sandbox",
  CLUB_NAME: "Touchline Tigers",
  SIGNING_FEE_PENCE: "100",
  MONTHLY_FEE_PENCE: "100",
};

export type ServiceName = "registration" | "notification" | "payment-link" | "relay";

/** What the launcher logs when it starts a process again. */
export interface Ending {
  readonly process: string;
  readonly code: number | null;
}

export interface Running {
  readonly stack: Stack;
  readonly store: EventStore;
  readonly gateway: DemoClient;
  readonly eventStore: Server;
  readonly nats: Server;
  /** Where the sandbox's providers answer. */
  readonly sandbox: string;
  readonly dataDir: string;
  /** The HTTP address of each service, `host:port`. */
  readonly targets: Readonly<Record<ServiceName, string>>;
  /** Which processes ended by themselves or were asked to, and with which code, in order. */
  readonly endings: readonly Ending[];
  /** One registration from the chat to the payment. Only once, because the phone is always the same. */
  play(): Promise<void>;
  /** Submits registrations, each for its own phone. Resolves with their ids. `more` replaces values of the sample. */
  register(count: number, more?: Sample): Promise<string[]>;
  /** Waits for the link of a registration. */
  readonly link: (registrationId: string) => Promise<string>;
  /** Opens a link and pays on the page that it leads to. */
  readonly pay: (link: string) => Promise<void>;
  /** Stores an event without content, which nobody can read. */
  poison(stream: string, type: string): Promise<void>;
  /** The faults of the sandbox's providers from now on; `{}` for none. */
  faults(faults: { readonly twilio?: object; readonly gocardless?: object }): Promise<void>;
  stop(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;
type Sample = { readonly monthlyFeePence?: number };

/** Before anything runs: the servers can be started one by one. */
export interface Prepared extends Pick<Running, "eventStore" | "nats" | "targets" | "sandbox"> {
  /** `families`: values that replace the sample's in all of them. */
  readonly start: (settings?: Settings, families?: Sample) => Promise<Running>;
}

/** All of Touchline with the sandbox, as processes, on free ports and in its own folder. */
export const startTouchline = async (settings: Settings = {}): Promise<Running> => {
  const prepared = await prepareTouchline();
  await Promise.all([prepared.eventStore.start(), prepared.nats.start()]);
  return prepared.start(settings);
};

export const prepareTouchline = async (): Promise<Prepared> => {
  const ports = await freePorts({});
  const infrastructure = await prepareInfrastructure("observed", {
    eventStore: Number(ports.EVENTSTORE_PORT),
    nats: Number(ports.NATS_PORT),
  });
  const { dataDir, eventStore, nats, env } = infrastructure;
  const local = (name: string) => `127.0.0.1:${ports[name]}`;
  const targets = {
    registration: local("REGISTRATION_PORT"),
    notification: local("NOTIFICATION_PORT"),
    "payment-link": local("PAYMENT_LINK_PORT"),
    relay: local("RELAY_PORT"),
  };
  const sandbox = `http://${local("SANDBOX_PORT")}`;
  return {
    eventStore,
    nats,
    targets,
    sandbox,
    start: async (settings = {}, families = {}) => {
      const endings: Ending[] = [];
      const stack = await startStackOn(dataDir, ports, { ...env, ...settings }, endings);
      const parts = { dataDir, sandbox, stack, targets, eventStore, nats, endings };
      return running(parts, families, () => infrastructure.stop());
    },
  };
};

const startStackOn = (dataDir: string, ports: Settings, settings: Settings, endings: Ending[]): Promise<Stack> => {
  const sandbox = `http://127.0.0.1:${ports.SANDBOX_PORT}`;
  const stderr = createLineWriter(2);
  const write = (line: string) => {
    const entry = JSON.parse(line) as { readonly level: string } & Partial<Ending>;
    if (entry.level === "error") stderr.write(line);
    else if (entry.code !== undefined) endings.push(entry as Ending);
  };
  return startStack({
    env: {
      ...ports,
      ...pretended,
      DATA_DIR: dataDir,
      LOG_LEVEL: "error",
      EDGE_HOST: "127.0.0.1",
      PAYMENT_BASE_URL: `http://127.0.0.1:${ports.EDGE_PORT}`,
      TWILIO_API_BASE_URL: sandbox,
      GOCARDLESS_API_BASE_URL: sandbox,
      REGISTRATION_GRPC_URL: `127.0.0.1:${ports.GRPC_PORT}`,
      ...settings,
    },
    log: createLogger("test", "warn", { write }),
    onProgress: () => {},
    sandbox: true,
  });
};

/** Undefined while there is none, or while the store is down. */
const linkOf = async (store: EventStore, stack: Stack, registrationId: string): Promise<string | undefined> => {
  try {
    for await (const { type, data } of store.readAll({ prefixes: ["payment-"] })) {
      if (type === "PaymentTokenCreated" && data.registrationId === registrationId)
        return `${stack.urls.edge}/reg_setup/${data.billingRequestId}`;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return undefined;
};

type Parts = Pick<Running, "stack" | "eventStore" | "nats" | "sandbox" | "targets" | "dataDir" | "endings">;

const running = (parts: Parts, families: Sample, stopInfrastructure: () => Promise<void>): Running => {
  const { stack, sandbox } = parts;
  const store = connectEventStore({ url: stack.urls.eventStore });
  const gateway = connectRegistration(stack.urls.grpc);
  const twilio = {
    baseUrl: sandbox,
    accountSid: pretended.TWILIO_ACCOUNT_SID,
    authToken: pretended.TWILIO_AUTH_TOKEN,
  };
  let phone = 0;
  return {
    ...parts,
    store,
    gateway,
    play: () =>
      playRegistration({
        eventStoreUrl: stack.urls.eventStore,
        grpcTarget: stack.urls.grpc,
        twilio,
        print: () => {},
        signal: AbortSignal.timeout(90_000),
      }),
    register: async (count, more = {}) => {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        // The sandbox's own phone is one of the first two hundred.
        const parentPhone = `+447700900${200 + (phone++ % 800)}`;
        const { registrationId } = await gateway.complete({ ...sampleRegistration(parentPhone), ...families, ...more });
        ids.push(registrationId);
      }
      return ids;
    },
    link: (registrationId) => eventually(() => linkOf(store, stack, registrationId)),
    pay: async (link) => {
      await createParent({ phone: "", twilio, signal: AbortSignal.timeout(30_000), runtime: systemRuntime() }).payAt(
        link,
      );
    },
    poison: async (stream, type) => {
      // Not with our own client, which refuses events that do not fit the catalogue.
      const client = EventStoreDBClient.connectionString(stack.urls.eventStore);
      await client.appendToStream(stream, jsonEvent({ type, data: {}, metadata: { service: "test" } }));
      await client.dispose();
    },
    faults: async (faults) => {
      const none = { requests: [], deliveries: [], outcomes: [] };
      const answer = await fetch(`${sandbox}/control/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ twilio: { ...none, ...faults.twilio }, gocardless: { ...none, ...faults.gocardless } }),
      });
      if (!answer.ok) throw new Error(`The sandbox refused the faults: ${await answer.text()}`);
    },
    stop: async () => {
      gateway.close();
      await store.close();
      await stack.stop();
      await stopInfrastructure();
    },
  };
};

/** What each service's `/metrics` says now. */
export const expositions = async ({ targets }: Running): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(targets).map(async ([name, target]) => {
        const answer = await fetch(`http://${target}/metrics`);
        return [name, await answer.text()] as const;
      }),
    ),
  );
