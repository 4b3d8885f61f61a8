import { join, resolve } from "node:path";
import { readConfig } from "@touchline/service/env";
import type { Logger } from "@touchline/service/log";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";
import { aborted } from "./command.ts";
import { takeDataDir } from "./data-dir.ts";
import { superviseEventStore } from "./event-store.ts";
import { superviseNats } from "./nats.ts";
import { type PortName, type Ports, portNames, portSettings, untilFree } from "./ports.ts";
import { type Supervised, supervise } from "./supervisor.ts";

export interface StackOptions {
  /** Settings by name, as the services read them. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** The machine's own by default. */
  readonly runtime?: Runtime;
  /** Progress, in words for people. */
  readonly onProgress: (text: string) => void;
  /** Also runs the sandbox providers. */
  readonly sandbox?: boolean;
  /** Ends a start that is not ready yet: what has started is stopped, and the start rejects. */
  readonly signal?: AbortSignal;
}

export interface Stack {
  readonly urls: Readonly<
    Record<"edge" | "grpc" | "nats" | "eventStore" | "registration" | "notification" | "paymentLink" | "relay", string>
  >;
  readonly ports: Ports;
  /** The process that runs under this name now, e.g. "relay" or "nats"; undefined while there is none. */
  pid(name: string): number | undefined;
  stop(): Promise<void>;
}

/** A process that has lost its launcher finishes its work within ten seconds. */
const LEFT_OVER_MS = 12_000;

export const readPorts = (env: NodeJS.ProcessEnv): Ports =>
  readConfig(env, (read) => {
    const ports = Object.fromEntries(
      portNames.map((name) => [name, read.integer(name, { fallback: portSettings[name], min: 1, max: 65_535 })]),
    ) as Ports;
    for (const [i, name] of portNames.entries()) {
      const same = portNames.slice(0, i).find((other) => ports[other] === ports[name]);
      if (same) read.violation(`${same} and ${name} are both ${ports[name]}: each needs a port of its own.`);
    }
    return ports;
  });

/** Starts everything on this machine, each part a process of its own, and resolves when all of them are ready. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { env, onProgress, runtime = systemRuntime(), signal = new AbortController().signal } = options;
  const place = readPlace(env);
  const { ports, urls, dataDir } = place;
  // Taken before anything starts: a second NATS on the same files would write into the first one's streams.
  const held = takeDataDir(dataDir);
  /** In the order in which they start; they stop the other way round. */
  const started: Supervised[] = [];
  const stop = async () => {
    for (const step of [...started].reverse()) await step.stop();
    held.release();
  };
  const start = async (group: readonly Supervised[]) => {
    started.push(...group);
    await Promise.race([Promise.all(group.map((one) => one.ready)), aborted(signal)]);
    signal.throwIfAborted();
  };

  try {
    await untilFree(ports, portsUsed(options, place), LEFT_OVER_MS, runtime);
    onProgress("Starting the event store and NATS …");
    await start(startServers(options, place, runtime));
    onProgress("Starting the services …");
    await start(startServices(options, place, runtime));
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports, pid: (name) => started.find((one) => one.name === name)?.pid(), stop, urls };
};

interface Place {
  readonly ports: Ports;
  readonly dataDir: string;
  readonly urls: Stack["urls"];
  /** The servers whose URL the settings do not name. */
  readonly own: { readonly eventStore: boolean; readonly nats: boolean };
}

const readPlace = (env: NodeJS.ProcessEnv): Place => {
  const ports = readPorts(env);
  const { dataDir, eventStore, nats } = readConfig(env, (read) => ({
    dataDir: resolve(read.text("DATA_DIR", "data")),
    eventStore: read.optional("EVENTSTORE_URL"),
    nats: read.optional("NATS_URL"),
  }));
  const urls = urlsOf(ports, eventStore, nats);
  return { ports, dataDir, urls, own: { eventStore: eventStore === undefined, nats: nats === undefined } };
};

const local = (port: number) => `http://127.0.0.1:${port}`;

const urlsOf = (ports: Ports, eventStore: string | undefined, nats: string | undefined): Stack["urls"] => ({
  edge: local(ports.EDGE_PORT),
  grpc: `127.0.0.1:${ports.GRPC_PORT}`,
  nats: nats ?? `nats://127.0.0.1:${ports.NATS_PORT}`,
  eventStore: eventStore ?? `esdb://127.0.0.1:${ports.EVENTSTORE_PORT}?tls=false`,
  registration: local(ports.REGISTRATION_PORT),
  notification: local(ports.NOTIFICATION_PORT),
  paymentLink: local(ports.PAYMENT_LINK_PORT),
  relay: local(ports.RELAY_PORT),
});

const portsUsed = ({ sandbox }: StackOptions, { own }: Place): PortName[] => {
  const unused = new Set<PortName>([
    ...(own.eventStore ? [] : (["EVENTSTORE_PORT"] as const)),
    ...(own.nats ? [] : (["NATS_PORT"] as const)),
    ...(sandbox ? [] : (["SANDBOX_PORT", "SANDBOX_SMTP_PORT"] as const)),
  ]);
  return portNames.filter((name) => !unused.has(name));
};

const startServers = ({ env, log }: StackOptions, { ports, dataDir, own }: Place, runtime: Runtime): Supervised[] => [
  ...(own.eventStore ? [superviseEventStore(ports.EVENTSTORE_PORT, dataDir, env.LOG_LEVEL, log, runtime)] : []),
  ...(own.nats ? [superviseNats({ port: ports.NATS_PORT, dataDir: join(dataDir, "nats") }, log, runtime)] : []),
];

const startServices = ({ env, log, sandbox }: StackOptions, place: Place, runtime: Runtime): Supervised[] => {
  const { ports, dataDir, urls } = place;
  const shared = {
    ...env,
    ...stringPorts(ports),
    DATA_DIR: dataDir,
    EVENTSTORE_URL: urls.eventStore,
    NATS_URL: urls.nats,
  };
  const service = (name: string, extra: Record<string, string | undefined> = {}) =>
    supervise({ name, script: `services/${name}/src/main.ts`, env: { ...shared, ...extra } }, log, runtime);
  // The services see the edge as their peer; whom the edge trusts is another question.
  const behindEdge = { TRUST_PROXY: "loopback" };
  const edgeEnv = { ...shared, NOTIFICATION_URL: urls.notification, PAYMENT_LINK_URL: urls.paymentLink };
  return [
    service("relay", { HEARTBEAT_CHECKS: checksOf(urls).join() }),
    service("registration"),
    service("payment-link", behindEdge),
    service("notification", behindEdge),
    ...(sandbox ? [service("sandbox")] : []),
    supervise({ name: "edge", script: "services/launcher/src/edge/main.ts", env: edgeEnv }, log, runtime),
  ];
};

const checksOf = ({ registration, notification, paymentLink }: Stack["urls"]): string[] =>
  [registration, notification, paymentLink].map((url) => `${url}/health/ready`);

const stringPorts = (ports: Ports) =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
