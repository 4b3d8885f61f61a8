import { type AddressInfo, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Setting of each port on one machine, with its default. */
export const portSettings = {
  EDGE_PORT: 8000,
  GRPC_PORT: 50051,
  SANDBOX_PORT: 8080,
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

/** Free ports for those that the environment does not name: for a run that must not meet another one. */
export const freePorts = async (env: NodeJS.ProcessEnv): Promise<Record<string, string>> => {
  // All are held until the last is known, so that none is given twice.
  const held = await Promise.all(
    portNames.filter((name) => !env[name]).map(async (name) => ({ name, server: await listen() })),
  );
  const found = held.map(({ name, server }) => [name, String((server.address() as AddressInfo).port)] as const);
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(found);
};

/**
 * Waits until nothing listens on these ports; throws when one stays taken, naming its setting. What a killed launcher left
 * behind needs some seconds to notice.
 */
export const untilFree = async (ports: Ports, names: readonly PortName[], waitMs: number): Promise<void> => {
  for (const deadline = Date.now() + waitMs; ; await sleep(250)) {
    const taken = await Promise.all(names.map(async (name) => ((await isFree(ports[name])) ? [] : [name])));
    const [first] = taken.flat();
    if (!first) return;
    if (Date.now() > deadline)
      throw new Error(`Port ${ports[first]} is taken by another program. Stop it, or set ${first}.`);
  }
};

const isFree = async (port: number): Promise<boolean> => {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
};

const listen = (port = 0) =>
  new Promise<Server>((resolve, reject) => {
    const server: Server = createServer()
      .once("error", reject)
      .listen(port, "127.0.0.1", () => resolve(server));
  });
