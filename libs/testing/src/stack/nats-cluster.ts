import { join } from "node:path";
import { freePort, startNats } from "@touchline/embedded";
import { createDoor, type Door } from "../cluster/door.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { type Server, server } from "./server.ts";

/** One of several real servers. */
export interface NatsNode extends Server {
  /** Its name in the cluster. */
  readonly name: string;
  /** Where its copies are. Change it only while it is stopped. */
  readonly storeDir: string;
  /** It keeps its connections, but does not answer until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Nothing passes between it and the other servers, until it is joined again. Clients still reach it. */
  cutOff(): void;
  join(): void;
}

export interface NatsCluster {
  readonly nodes: readonly NatsNode[];
  /** All of them, as in NATS_URL. */
  readonly url: string;
  node(name: string): NatsNode;
  /** Fails when a process that was started on the folder still runs. */
  stop(): Promise<void>;
}

export interface NatsClusterOptions {
  /** Where the first server keeps its files; by default beside those of the others. */
  readonly firstDataDir?: string | undefined;
}

const NAMES = ["nats-0", "nats-1", "nats-2"] as const;
/** Servers that hear of each other's address would connect past the doors; nothing listens there. */
const NOWHERE = 1;

/** Three real servers with JetStream on loopback, which elect leaders and keep copies. It takes some seconds until they lead. */
export const startNatsCluster = async (purpose: string, options: NatsClusterOptions = {}): Promise<NatsCluster> => {
  const folder = temporaryFolder(purpose);
  const ports = await Promise.all(NAMES.map(async () => ({ client: await freePort(), cluster: await freePort() })));
  const routes = await openRoutes(ports.map(({ cluster }) => cluster));
  const nodes = NAMES.map((name, i) => {
    const dataDir = (i === 0 && options.firstDataDir) || join(folder.path, name);
    return node({ name, dataDir, ...(ports[i] as Ports) }, routes, i);
  });
  await Promise.all(nodes.map((one) => one.start()));
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(),
    node: (name) => {
      const found = nodes.find((one) => one.name === name);
      if (!found) throw new Error(`There is no server ${name}.`);
      return found;
    },
    stop: async () => {
      await Promise.all(nodes.map((one) => one.kill()));
      await Promise.all(routes.map(({ door }) => door.close()));
      folder.remove();
    },
  };
};

interface Ports {
  readonly client: number;
  readonly cluster: number;
}

/** The way from one server to another. Each has its own door, so that one server can be cut off. */
interface Route {
  readonly from: number;
  readonly to: number;
  readonly door: Door;
  readonly port: number;
}

const openRoutes = (ports: readonly number[]): Promise<Route[]> => {
  const pairs = ports.flatMap((_, from) => ports.map((_, to) => ({ from, to }))).filter(({ from, to }) => from !== to);
  return Promise.all(
    pairs.map(async ({ from, to }) => {
      const door = createDoor("127.0.0.1");
      return { from, to, door, port: await door.open(ports[to] as number) };
    }),
  );
};

const node = (
  { name, dataDir, client, cluster }: Ports & { readonly name: string; readonly dataDir: string },
  routes: readonly Route[],
  i: number,
): NatsNode => {
  const peers = routes.filter(({ from }) => from === i).map(({ port }) => port);
  const doors = routes.filter(({ from, to }) => from === i || to === i).map(({ door }) => door);
  const started = server(client, `nats://127.0.0.1:${client}`, () =>
    startNats({ dataDir, port: client, cluster: { serverName: name, port: cluster, peers, advertise: NOWHERE } }),
  );
  return {
    ...started,
    name,
    storeDir: join(dataDir, "jetstream"),
    freeze: () => process.kill(started.pid(), "SIGSTOP"),
    thaw: () => process.kill(started.pid(), "SIGCONT"),
    cutOff: () => {
      for (const door of doors) door.freeze();
    },
    join: () => {
      for (const door of doors) door.thaw();
    },
  };
};
