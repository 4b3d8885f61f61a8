import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { startRealCluster } from "@touchline/testing/cluster";
import { startEventStore } from "../../src/eventstore/index.ts";
import { eventStoreContract } from "./contract.ts";

/** Runs against the address in EVENTSTORE_URL, or the server in EVENTSTORE_BIN, or else an embedded store. */
eventStoreContract(async () => {
  const { EVENTSTORE_URL: url, EVENTSTORE_BIN: binary } = process.env;
  if (url !== undefined) return { url, stop: async () => {} };
  const dataDir = await mkdtemp(join(tmpdir(), "eventstore-contract-"));
  const store = binary === undefined ? await embedded(dataDir) : await real(dataDir, binary);
  return {
    url: store.url,
    stop: async () => {
      await store.stop();
      await rm(dataDir, { recursive: true });
    },
  };
});

const embedded = (dataDir: string) => startEventStore({ dataDir, stderr: "ignore" });

const real = async (dataDir: string, binary: string) => {
  const { url, close } = await startRealCluster({ runtime: systemRuntime(), dataDir, binary, size: 1 });
  return { url, stop: close };
};
