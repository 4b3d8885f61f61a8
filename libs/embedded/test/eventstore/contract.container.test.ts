import { KurrentDbContainer } from "@testcontainers/kurrentdb";
import { getContainerRuntimeClient } from "testcontainers";
import { describe, test } from "vitest";
import { eventStoreContract } from "./contract.ts";

const IMAGE = process.env.EVENTSTORE_IMAGE ?? "eventstore/eventstore:24.10";

/** Why the suite cannot run here; undefined if it can. */
async function obstacle(): Promise<string | undefined> {
  try {
    const runtime = await getContainerRuntimeClient();
    const { container } = runtime;
    await container.dockerode.ping();
  } catch (error) {
    return `no Docker daemon answers (${error instanceof Error ? error.message : String(error)})`;
  }
  return undefined;
}

const reason = await obstacle();

if (reason === undefined) {
  eventStoreContract(async () => {
    const container = await new KurrentDbContainer(IMAGE).start();
    return {
      url: container.getConnectionString(),
      stop: async () => {
        await container.stop();
      },
    };
  });
} else {
  // Few reporters show the name of a skipped test.
  process.stderr.write(`The contract suite does not run against EventStoreDB here: ${reason}\n`);
  describe("a real EventStoreDB", () => {
    test.skip(`skipped: ${reason}`, () => {});
  });
}
