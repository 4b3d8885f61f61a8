import { duplexPair } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { singleNode } from "./rpc/front-door.ts";
import { createEventStoreServer } from "./server.ts";
import type { ServedStore } from "./store/store.ts";

afterEach(() => void vi.useRealTimers());

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

test("a client that is cut off without a word is dropped", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const server = createEventStoreServer({
    store: {} as ServedStore,
    frontDoor: singleNode("", () => ({ host: "127.0.0.1", port: 0 })),
    credentials: { username: "", password: "" },
    maxAppendSize: 0,
  });
  const [client, accepted] = duplexPair();
  server.accept(accepted);
  client.resume().write(Buffer.concat([PREFACE, EMPTY_SETTINGS]));
  let seconds = 0;
  for (; !accepted.destroyed && seconds < 60; seconds++) {
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(1000);
  }
  expect(seconds).toBeGreaterThanOrEqual(20);
  expect(seconds).toBeLessThan(30);
});
