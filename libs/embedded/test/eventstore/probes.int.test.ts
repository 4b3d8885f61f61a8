import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { embedded } from "./support/embedded.ts";
import { Node, newStream, someEvents } from "./support/node.ts";

describe("HTTP/1.1 on the port of an embedded event store", () => {
  const { folder, start } = embedded();

  test("shows that the store is alive, its version, and its members", async () => {
    const store = await start(await folder());
    const at = (path: string, method = "GET") => fetch(`http://127.0.0.1:${store.port}${path}`, { method });
    const live = await Promise.all([at("/health/live"), at("/health/live", "HEAD"), at("/health/live?liveCode=200")]);
    expect(live.map(({ status }) => status)).toEqual([204, 204, 200]);
    expect(await (await at("/ping")).json()).toEqual({ text: "Ping request successfully handled" });
    expect(await (await at("/info")).json()).toEqual({
      state: "leader",
      esVersion: expect.stringMatching(/^24\.10/),
      dbVersion: expect.stringMatching(/^24/),
      features: { projections: false, userManagement: false, atomPub: false },
      authentication: { type: "insecure", properties: {} },
    });
    expect(await (await at("/gossip")).json()).toMatchObject({
      serverIp: "127.0.0.1",
      serverPort: store.port,
      members: [
        {
          state: "Leader",
          isAlive: true,
          httpEndPointIp: "127.0.0.1",
          httpEndPointPort: store.port,
          isReadOnlyReplica: false,
          esVersion: expect.stringMatching(/^24\.10/),
        },
      ],
    });
    expect((await at("/streams/anything")).status).toBe(404);
    expect((await at("//")).status).toBe(404);
    expect((await at("/health/live", "POST")).status).toBe(405);
  });

  test("does not disturb HTTP/2, even when clients connect and send nothing, or one byte", async () => {
    const store = await start(await folder());
    const silent = connect(store.port, "127.0.0.1");
    const hesitant = connect(store.port, "127.0.0.1");
    for (const socket of [silent, hesitant]) socket.on("error", () => {}).resume();
    hesitant.write("P");
    const node = new Node();
    node.connect(store.url);
    expect((await node.client.appendToStream(newStream(), someEvents(1))).success).toBe(true);
    await node.disconnect();
    const gone = [silent, hesitant].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    await store.stop();
    await Promise.all(gone);
    expect(store.child.exitCode).toBe(0);
  });
});
