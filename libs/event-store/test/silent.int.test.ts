import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connectEventStore } from "../src/index.ts";

/** Enough for three searches or more: a server has 1.5 s to answer. */
const SEARCHES_MS = 8_000;

test("searches leave no connections behind at a server that accepts them and is silent", async () => {
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    open.add(socket.resume());
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const store = connectEventStore({ url: `esdb://127.0.0.1:${(server.address() as AddressInfo).port}?tls=false` });
  try {
    await sleep(SEARCHES_MS);
    expect(accepted).toBeGreaterThan(2);
    expect(open.size).toBeLessThanOrEqual(1);
  } finally {
    await store.close();
    for (const socket of open) socket.destroy();
    server.close();
  }
});
