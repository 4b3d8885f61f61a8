import { once } from "node:events";
import { join } from "node:path";
import { freePort, type RunningEventStore, type RunningNats, startEventStore, startNats } from "@touchline/embedded";

/** A server that a test can stop, and start again at the same address. */
export interface Server {
  readonly port: number;
  readonly url: string;
  /** Throws unless it is running. */
  readonly pid: () => number;
  /** `nodeOptions`: options for Node, if the server runs on it. */
  start(nodeOptions?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

export const server = (
  port: number,
  url: string,
  launch: (port: number, nodeOptions?: readonly string[]) => Promise<RunningEventStore | RunningNats>,
): Server => {
  let running: RunningEventStore | RunningNats | undefined;
  return {
    port,
    url,
    pid: () => {
      if (!running) throw new Error(`${url} is not running.`);
      return running.pid;
    },
    start: async (nodeOptions) => {
      running = await launch(port, nodeOptions);
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
    kill: async () => {
      if (!running) return;
      const gone = once(running.child, "exit");
      running.child.kill("SIGKILL");
      await gone;
      running = undefined;
    },
  };
};

/** An embedded event store on this folder, not started yet. */
export const eventStoreServer = async (dataDir: string, given?: number): Promise<Server> => {
  const port = given ?? (await freePort());
  const url = `esdb://127.0.0.1:${port}?tls=false`;
  return server(port, url, (_, nodeOptions = []) =>
    startEventStore({ dataDir: join(dataDir, "eventstore"), port, stderr: "ignore", nodeOptions }),
  );
};

/** A real nats-server on this folder, not started yet. */
export const natsServer = async (dataDir: string, given?: number): Promise<Server> => {
  const port = given ?? (await freePort());
  return server(port, `nats://127.0.0.1:${port}`, () => startNats({ dataDir: join(dataDir, "nats"), port }));
};
