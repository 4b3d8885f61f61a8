import { afterAll, beforeAll, describe } from "vitest";
import { appendContract } from "./contract/append.ts";
import { batchAppendContract } from "./contract/batch-append.ts";
import { deleteContract } from "./contract/delete.ts";
import { discoveryContract } from "./contract/discovery.ts";
import { filterContract } from "./contract/filters.ts";
import { malformedContract } from "./contract/malformed.ts";
import { metadataContract } from "./contract/metadata.ts";
import { readAllContract } from "./contract/read-all.ts";
import { readStreamContract } from "./contract/read-stream.ts";
import { repeatContract } from "./contract/repeats.ts";
import { subscribeToAllContract } from "./contract/subscribe-all.ts";
import { subscribeToStreamContract } from "./contract/subscribe-stream.ts";
import { Node } from "./support/node.ts";

/**
 * What an EventStoreDB node does, as clients see it. The suite makes no assumption about what else the node holds, so it runs
 * against a real node as well as the embedded store.
 *
 * @param start the connection string of a node that is ready, and how to stop it
 */
export function eventStoreContract(start: () => Promise<{ url: string; stop: () => Promise<void> }>): void {
  describe("an EventStoreDB node", () => {
    const node = new Node();
    let stop: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      const started = await start();
      stop = started.stop;
      node.connect(started.url);
    });

    afterAll(async () => {
      await node.disconnect();
      await stop?.();
    });

    appendContract(node);
    repeatContract(node);
    batchAppendContract(node);
    deleteContract(node);
    metadataContract(node);
    readStreamContract(node);
    readAllContract(node);
    subscribeToStreamContract(node);
    subscribeToAllContract(node);
    filterContract(node);
    discoveryContract(node);
    malformedContract(node);
  });
}
