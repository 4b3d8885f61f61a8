import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import type { Runtime } from "@touchline/service/runtime";
import { type Doors, metric, root } from "@touchline/testing/stack";
import { type SteppingClock, steppingClock } from "./clock.ts";

export const SERVICES = ["relay", "registration", "payment-link", "notification"] as const;
export type ServiceName = (typeof SERVICES)[number];

const STARTED_AGAIN_AFTER_MS = 1_000;
const PORTS: Readonly<Record<ServiceName, readonly string[]>> = {
  relay: ["RELAY_PORT"],
  registration: ["REGISTRATION_PORT", "GRPC_PORT"],
  "payment-link": ["PAYMENT_LINK_PORT"],
  notification: ["NOTIFICATION_PORT"],
};
/** Metrics, with their labels, that grow while an instance handles messages; of the relay, while it publishes events. */
const HANDLED: Readonly<Record<ServiceName, readonly [name: string, labels: string]>> = {
  relay: ["touchline_relay_events_total", 'type="RegistrationCompleted"'],
  registration: ["touchline_intake_total", 'via="nats"'],
  "payment-link": ["touchline_messages_settled_total", 'settlement="done"'],
  notification: ["touchline_sms_intake_total", 'settlement="done"'],
};

/** What an instance reaches through doors of its own. */
export interface Ways {
  readonly nats: Doors;
  readonly eventStore: Doors;
}

export interface Instance {
  readonly name: string;
  readonly url: string;
  /** Of registration only. */
  readonly grpcTarget: string;
  /** kill -9; it is started again a second later. */
  kill(): Promise<void>;
  /** Until the returned function is called. */
  freeze(): () => void;
  /** Undefined unless its clock can be stepped. */
  readonly clock: SteppingClock | undefined;
  readonly ways: Ways;
  /** How many messages it has handled since it started; undefined while it does not answer. */
  handled(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** One process of a service, started again whenever it ends. */
export const startInstance = async (
  service: ServiceName,
  copy: string,
  { env, dataDir, runtime, clocks, ways, onEnded }: InstanceOptions,
): Promise<Instance> => {
  const name = `${service}-${copy}`;
  const ports = await Promise.all(PORTS[service].map(async (port) => [port, String(await freePort())] as const));
  const own: Record<string, string> = {
    ...Object.fromEntries(ports),
    ...env,
    EVENTSTORE_URL: ways.eventStore.url,
    NATS_URL: ways.nats.url,
    DATA_DIR: join(dataDir, name),
  };
  const log = openSync(join(dataDir, `${name}.log`), "a");
  const clock = clocks ? steppingClock(join(dataDir, `${name}.clock`)) : undefined;
  let child: ChildProcess | undefined;
  let wanted = true;
  let killed = false;

  const runOnce = () => {
    const running = spawn(process.execPath, [`services/${service}/src/main.ts`], {
      cwd: root,
      env: { PATH: process.env.PATH, LOG_LEVEL: "info", ...own, ...clock?.env },
      stdio: ["ignore", "ignore", log, "ipc"],
    });
    child = running;
    return running;
  };
  const keepRunning = async () => {
    while (wanted) {
      const [code, signal] = await once(runOnce(), "exit");
      if (!wanted) return;
      if (!killed) onEnded(`${name} (${signal ?? code})`);
      killed = false;
      await runtime.sleep(STARTED_AGAIN_AFTER_MS);
    }
  };
  const running = keepRunning();
  await isReady(child, name);
  const url = `http://127.0.0.1:${own[PORTS[service][0] ?? ""]}`;
  return {
    name,
    clock,
    ways,
    url,
    handled: () => metric(url, ...HANDLED[service]).catch(() => undefined),
    grpcTarget: `127.0.0.1:${own.GRPC_PORT}`,
    kill: async () => {
      const current = child;
      if (current === undefined || current.exitCode !== null || current.signalCode !== null) return;
      killed = true;
      const gone = once(current, "exit");
      current.kill("SIGKILL");
      await gone;
    },
    freeze: () => {
      const current = child;
      current?.kill("SIGSTOP");
      return () => void current?.kill("SIGCONT");
    },
    stop: async () => {
      wanted = false;
      child?.kill("SIGTERM");
      await running;
      closeSync(log);
    },
  };
};

export interface InstanceOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly runtime: Runtime;
  /** Whether its clock is to be stepped. */
  readonly clocks: boolean;
  readonly ways: Ways;
  /** A process ended that nobody had killed. */
  readonly onEnded: (what: string) => void;
}

const isReady = (child: ChildProcess | undefined, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child?.on("message", (message: { ready?: boolean }) => {
      if (message?.ready) resolve();
    });
    child?.once("exit", () => reject(new Error(`${name} ended before it was ready.`)));
  });
