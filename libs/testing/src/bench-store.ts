import { startEventStore } from "@touchline/embedded";
import { connectEventStore } from "@touchline/event-store";
import { launchCluster } from "./cluster/launch.ts";

export interface BenchStore {
  readonly url: string;
  /** Only for the embedded store. */
  readonly pid?: number | undefined;
  readonly stop: () => Promise<unknown>;
}

/**
 * The event store that a benchmark runs on: the server in EVENTSTORE_URL, or else the embedded one, or the stand-in for a cluster
 * when there are several nodes. Throws when the server already holds events, because a benchmark fills it.
 */
export const startBenchStore = async (dataDir: string, nodes: number): Promise<BenchStore> => {
  const url = process.env.EVENTSTORE_URL;
  if (url !== undefined) {
    const store = connectEventStore({ url });
    // Even a new server holds its own system events.
    const first = await store.readAll()[Symbol.asyncIterator]().next();
    await store.close();
    if (!first.done) throw new Error("The server of EVENTSTORE_URL holds events. A benchmark needs an empty one.");
    return { url, stop: async () => {} };
  }
  if (nodes === 1) {
    const embedded = await startEventStore({ dataDir });
    return { url: embedded.url, pid: embedded.child.pid, stop: () => embedded.stop() };
  }
  const cluster = await launchCluster({ dataDir, size: nodes });
  return { url: cluster.url, stop: cluster.close };
};
