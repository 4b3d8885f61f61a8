import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { startCluster, startRealCluster } from "@touchline/testing/cluster";
import { eventStoreContract } from "./contract.ts";

/** Runs against a follower of three nodes: the stand-in's, or the server's in EVENTSTORE_BIN. */
eventStoreContract(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "eventstore-contract-"));
  const options = { runtime: systemRuntime(), dataDir };
  const binary = process.env.EVENTSTORE_BIN;
  const cluster = binary === undefined ? await startCluster(options) : await startRealCluster({ ...options, binary });
  return {
    url: cluster.nodes[1]?.url ?? "",
    stop: async () => {
      await cluster.close();
      await rm(dataDir, { recursive: true });
    },
  };
});
