import { join } from "node:path";
import { freePort, startNats } from "@touchline/embedded";
import { temporaryFolder } from "../temporary-folder.ts";
import { type Server, server } from "./server.ts";

/** One of several real servers. */
export interface NatsNode extends Server {
  /** Its name for the others and for JetStream. */
  readonly name: string;
  /** The folder of its copies. Change it only while the server is down. */
  readonly storeDir: string;
  /** The server keeps its connections, and answers nothing until it is thawed. */
  freeze(): void;
  thaw(): void;
}

export interface NatsCluster {
  readonly nodes: readonly NatsNode[];
  /** The addresses of all servers, in the form of NATS_URL. */
  readonly url: string;
  node(name: string): NatsNode;
  /** Rejects if a process that was started on the folder is still running. */
  stop(): Promise<void>;
}

/** Three real servers with JetStream on loopback, which elect leaders and keep copies. The first election takes some seconds. */
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
