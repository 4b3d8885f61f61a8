import { resolve } from "node:path";
import { readConfig } from "@touchline/service/env";
import type { Logger } from "@touchline/service/log";
import { takeDataDir } from "./data-dir.ts";
import { superviseEventStore, superviseNats } from "./infrastructure.ts";
import { type PortName, type Ports, portNames, portSettings, untilFree } from "./ports.ts";
import { type Supervised, supervise } from "./supervisor.ts";

export interface StackOptions {
  /** Settings by name, as the services read them. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Told what is being waited for, in words for people. */
  readonly onProgress: (text: string) => void;
  /** Runs the sandbox providers as well. */
  readonly sandbox?: boolean;
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

/** A child that has lost its launcher finishes what is in hand within ten seconds. */
const LEFT_OVER_MS = 12_000;

export const readPorts = (env: NodeJS.ProcessEnv): Ports =>
  readConfig(env, (read) =>
    Object.fromEntries(
      portNames.map((name) => [name, read.integer(name, { fallback: portSettings[name], min: 1, max: 65_535 })]),
    ),
  ) as Ports;

/** Starts everything on this machine, each part a process of its own, and resolves when all of them are ready. */
export const startStack = async ({ env, log, onProgress, sandbox }: StackOptions): Promise<Stack> => {
  const ports = readPorts(env);
  const dataDir = resolve(env.DATA_DIR ?? "data");
  const local = (port: number) => `http://127.0.0.1:${port}`;
  const eventStoreUrl = env.EVENTSTORE_URL || `esdb://127.0.0.1:${ports.EVENTSTORE_PORT}?tls=false`;
  const natsUrl = env.NATS_URL || `nats://127.0.0.1:${ports.NATS_PORT}`;
  const shared = { ...env, ...stringPorts(ports), DATA_DIR: dataDir, EVENTSTORE_URL: eventStoreUrl, NATS_URL: natsUrl };

  const service = (name: string, extra: Record<string, string | undefined> = {}) =>
    supervise({ name, script: `services/${name}/src/main.ts`, env: { ...shared, ...extra } }, log);
  // The services see the edge as their peer; who the edge believes is another question.
  const behindEdge = { TRUST_PROXY: "loopback" };
  const edgeEnv = {
    ...shared,
    NOTIFICATION_URL: local(ports.NOTIFICATION_PORT),
    PAYMENT_LINK_URL: local(ports.PAYMENT_LINK_PORT),
  };

  // Before anything starts: a second NATS on the same files would write into the first one's streams.
  const held = takeDataDir(dataDir);
  /** In the order in which they start; they stop the other way round. */
  const started: Supervised[] = [];
  const stop = async () => {
    for (const step of [...started].reverse()) await step.stop();
    held.release();
  };
  const start = async (...group: Supervised[]) => {
    started.push(...group);
    await Promise.all(group.map((one) => one.ready));
  };

  const unused = new Set<PortName>([
    ...(env.EVENTSTORE_URL ? (["EVENTSTORE_PORT"] as const) : []),
    ...(env.NATS_URL ? (["NATS_PORT"] as const) : []),
    ...(sandbox ? [] : (["SANDBOX_PORT"] as const)),
  ]);

  try {
    await untilFree(
      ports,
      portNames.filter((name) => !unused.has(name)),
      LEFT_OVER_MS,
    );
    onProgress("Starting the event store and NATS …");
    await start(
      ...(env.EVENTSTORE_URL ? [] : [superviseEventStore(ports.EVENTSTORE_PORT, dataDir, env.LOG_LEVEL, log)]),
      ...(env.NATS_URL ? [] : [superviseNats(ports.NATS_PORT, dataDir, log)]),
    );
    onProgress("Starting the services …");
    await start(
      service("relay"),
      service("registration"),
      service("payment-link", behindEdge),
      service("notification", behindEdge),
      ...(sandbox ? [service("sandbox")] : []),
      supervise({ name: "edge", script: "services/launcher/src/edge/main.ts", env: edgeEnv }, log),
    );
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    ports,
    pid: (name) => started.find((one) => one.name === name)?.pid(),
    stop,
    urls: {
      edge: local(ports.EDGE_PORT),
      grpc: `127.0.0.1:${ports.GRPC_PORT}`,
      nats: natsUrl,
      eventStore: eventStoreUrl,
      registration: local(ports.REGISTRATION_PORT),
      notification: local(ports.NOTIFICATION_PORT),
      paymentLink: local(ports.PAYMENT_LINK_PORT),
      relay: local(ports.RELAY_PORT),
    },
  };
};

const stringPorts = (ports: Ports) =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
