import { freePort, isFreePort } from "@touchline/embedded";
import { type Runtime, systemRuntime } from "@touchline/service/runtime";

/** The setting for each port on one machine, with its default. */
export const portSettings = {
  EDGE_PORT: 8000,
  GRPC_PORT: 50051,
  SANDBOX_PORT: 8080,
  SANDBOX_SMTP_PORT: 2525,
  EVENTSTORE_PORT: 2113,
  NATS_PORT: 4222,
  REGISTRATION_PORT: 8001,
  NOTIFICATION_PORT: 8002,
  PAYMENT_LINK_PORT: 8003,
  RELAY_PORT: 8004,
} as const;

export type PortName = keyof typeof portSettings;
export type Ports = Readonly<Record<PortName, number>>;

export const portNames = Object.keys(portSettings) as PortName[];

/** Free ports for those that the environment does not set, for a run that must not interfere with another. */
export const freePorts = async (env: NodeJS.ProcessEnv): Promise<Record<string, string>> => {
  const missing = portNames.filter((name) => !env[name]);
  return Object.fromEntries(await Promise.all(missing.map(async (name) => [name, String(await freePort())] as const)));
};

/**
 * Waits until nothing listens on these ports; throws when one stays taken, naming its setting. What a killed launcher left
 * behind needs some seconds to notice.
 */
export const untilFree = async (
  ports: Ports,
  names: readonly PortName[],
  waitMs: number,
  runtime: Runtime = systemRuntime(),
): Promise<void> => {
  for (const deadline = runtime.monotonicMs() + waitMs; ; await runtime.sleep(250)) {
    const taken = await Promise.all(names.map(async (name) => ((await isFreePort(ports[name])) ? [] : [name])));
    const [first] = taken.flat();
    if (!first) return;
    if (runtime.monotonicMs() > deadline)
      throw new Error(`Port ${ports[first]} is taken by another program. Stop it, or set ${first}.`);
  }
};
