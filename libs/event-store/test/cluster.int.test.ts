import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { startCluster, startRealCluster } from "@touchline/testing/cluster";
import { connectEventStore } from "../src/index.ts";
import { eventStoreContract } from "./contract.ts";

eventStoreContract("EventStoreDB's client on three nodes", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-stand-in-"));
  const options = { runtime: systemRuntime(), dataDir };
  const binary = process.env.EVENTSTORE_BIN;
  const cluster = binary === undefined ? await startCluster(options) : await startRealCluster({ ...options, binary });
  const store = connectEventStore({ url: cluster.url, timeoutMs: 3_000 });
  return {
    store,
    close: async () => {
      await store.close();
      await cluster.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});
