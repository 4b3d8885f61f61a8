import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectMessaging, type Messaging } from "../src/index.ts";

const INFO = { server_id: "test", version: "2.11.16", proto: 1, headers: true, max_payload: 1_048_576 };

let server: Server;
let url: string;
let refusals: number;
let attempts: number;
let subscriptions: number;
let messaging: Messaging | undefined;
const sockets = new Set<Socket>();
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

beforeEach(async () => {
  refusals = attempts = subscriptions = 0;
  server = createServer((socket) => {
    attempts++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
    socket.on("data", (data) => {
      if (data.includes("SUB asked"))
        if (++subscriptions < 3)
          return socket.write(`-ERR 'Permissions Violation for Subscription to "asked" using queue "queue"'\r\n`);
      if (!data.includes("PING")) return;
      if (refusals-- > 0) socket.end("-ERR 'Authorization Violation'\r\n");
      else socket.write("PONG\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `nats://127.0.0.1:${(server.address() as { port: number }).port}`;
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  await messaging?.close();
  messaging = undefined;
  for (const socket of sockets) socket.destroy();
  server.close();
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

test("a client whose login is refused for a while connects again", async () => {
  messaging = await connectMessaging({ url, name: "test" });
  refusals = 4;
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => attempts).toBeGreaterThan(5);
  await expect.poll(() => messaging?.connected).toBe(true);
});

test("a start whose login is refused fails instead of waiting silently", async () => {
  refusals = Number.POSITIVE_INFINITY;
  await expect(connectMessaging({ url, name: "test" })).rejects.toMatchObject({ code: "AUTHORIZATION_VIOLATION" });
});

test("requests are served again once that is permitted", async () => {
  messaging = await connectMessaging({ url, name: "test" });
  const broken: unknown[] = [];
  const serving = messaging.serve(
    "asked",
    "queue",
    new AbortController().signal,
    async () => "well",
    (error) => broken.push(error),
  );
  await expect.poll(() => subscriptions).toBe(3);
  expect(broken).toMatchObject([{ code: "PERMISSIONS_VIOLATION" }, { code: "PERMISSIONS_VIOLATION" }]);
  await messaging.close();
  await serving;
});
