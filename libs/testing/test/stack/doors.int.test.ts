import { once } from "node:events";
import { connect } from "node:net";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startCluster } from "../../src/cluster/index.ts";
import { temporaryFolder } from "../../src/index.ts";
import { type Doors, openDoors, startNatsCluster } from "../../src/stack/index.ts";

const HOST = "127.0.1.99";

describe("the way to three event store nodes", () => {
  let doors: Doors;
  let store: EventStore;
  let close: () => Promise<void>;

  beforeEach(async () => {
    const folder = temporaryFolder("doors");
    const cluster = await startCluster({ runtime: systemRuntime(), dataDir: folder.path });
    doors = await openDoors(HOST, cluster.url);
    store = connectEventStore({ url: doors.url, timeoutMs: 2_000 });
    await store.ping();
    close = async () => {
      await store.close();
      await doors.close();
      await cluster.close();
      folder.remove();
    };
  });
  afterEach(() => close());

  // A client that learnt the nodes' own addresses from gossip would go round the doors.
  test.each(["reject", "freeze", "freezeAnswers"] as const)("is all that a client has: %s", async (how) => {
    const putBack = await doors[how]();
    await expect.poll(() => store.ping().catch(() => "away"), { timeout: 20_000 }).toBe("away");
    await expect(store.ping()).rejects.toThrow();
    await putBack();
    await expect.poll(() => store.ping().catch(() => "away"), { timeout: 20_000 }).toBeUndefined();
  });
});

test("a NATS server announces no other servers to its clients", async () => {
  const cluster = await startNatsCluster("doors-nats");
  const doors = await openDoors(HOST, cluster.url);
  const socket = connect(Number(new URL(cluster.nodes[0]?.url ?? "").port), HOST);
  try {
    const [greeting] = await once(socket, "data");
    expect(JSON.parse(String(greeting).replace("INFO", ""))).toMatchObject({ cluster: "touchline" });
    expect(String(greeting)).not.toContain("connect_urls");
  } finally {
    socket.destroy();
    await doors.close();
    await cluster.stop();
  }
});
