import { join } from "node:path";
import { freePort, startNats } from "@touchline/embedded";
import { temporaryFolder } from "../temporary-folder.ts";
import { type Server, server } from "./server.ts";

/** One of several real servers. */
export interface NatsNode extends Server {
  /** As the others and JetStream call it. */
  readonly name: string;
  /** Where its copies are. To be changed while it does not run. */
  readonly storeDir: string;
  /** It keeps its connections, and answers nothing until it is thawed. */
  freeze(): void;
  thaw(): void;
}

export interface NatsCluster {
  readonly nodes: readonly NatsNode[];
  /** All of them, as in NATS_URL. */
  readonly url: string;
  node(name: string): NatsNode;
  /** Fails when a process that was started on the folder still runs. */
  stop(): Promise<void>;
}

/** Three real servers with JetStream on loopback, which elect leaders and keep copies. It takes some seconds until they lead. */
export const startNatsCluster = async (purpose: string): Promise<NatsCluster> => {
  const folder = temporaryFolder(purpose);
  const names = ["nats-0", "nats-1", "nats-2"] as const;
  const ports = await Promise.all(names.map(async () => ({ client: await freePort(), cluster: await freePort() })));
  const nodes = names.map((name, i) => node(folder.path, name, ports, i));
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
      folder.remove();
    },
  };
};

interface Ports {
  readonly client: number;
  readonly cluster: number;
}

const node = (folder: string, name: string, ports: readonly Ports[], i: number): NatsNode => {
  const { client = 0, cluster: port = 0 } = ports[i] ?? {};
  const dataDir = join(folder, name);
  const peers = ports.map(({ cluster }) => cluster).filter((peer) => peer !== port);
  const started = server(client, `nats://127.0.0.1:${client}`, () =>
    startNats({ dataDir, port: client, cluster: { serverName: name, port, peers } }),
  );
  return {
    ...started,
    name,
    storeDir: join(dataDir, "jetstream"),
    freeze: () => process.kill(started.pid(), "SIGSTOP"),
    thaw: () => process.kill(started.pid(), "SIGCONT"),
  };
};
