import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEventStore } from "../../src/eventstore/index.ts";
import { eventStoreContract } from "./contract.ts";

/** Against the address in EVENTSTORE_URL if there is one, else against an embedded store of its own. */
eventStoreContract(async () => {
  const url = process.env.EVENTSTORE_URL;
  if (url !== undefined) return { url, stop: async () => {} };
  const dataDir = await mkdtemp(join(tmpdir(), "eventstore-contract-"));
  const store = await startEventStore({ dataDir, stderr: "ignore" });
  return {
    url: store.url,
    stop: async () => {
      await store.stop();
      await rm(dataDir, { recursive: true });
    },
  };
});
