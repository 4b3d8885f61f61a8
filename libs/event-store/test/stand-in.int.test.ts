import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { startCluster } from "@touchline/testing/cluster";
import { connectEventStore } from "../src/index.ts";
import { eventStoreContract } from "./contract.ts";

eventStoreContract("EventStoreDB's client on a node of three", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-stand-in-"));
  const cluster = await startCluster({ runtime: systemRuntime(), dataDir });
  const store = connectEventStore({ url: cluster.nodes[0]?.url ?? "", timeoutMs: 3_000 });
  return {
    store,
    close: async () => {
      await store.close();
      await cluster.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});
