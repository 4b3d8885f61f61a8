import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createHealth } from "./health.ts";
import { limitHeldBodies } from "./held-bodies.ts";
import { createHttpServer } from "./http.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A connection; it expects to be broken. */
const openSocket = (port: number) => connect(port, "127.0.0.1").on("error", () => {});

/** Sends bytes, and collects what comes back until so many answers have come; a refusal has to close the connection by itself. */
const send = (port: number, bytes: string, answers = 1) =>
  new Promise<{ text: string; statuses: string[] }>((resolve) => {
    const socket = openSocket(port);
    let text = "";
    const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (statuses().length === answers && !text.startsWith("HTTP/1.1 503")) socket.destroy();
    });
    socket.on("close", () => resolve({ text, statuses: statuses() }));
    socket.write(bytes);
  });

/** A server that takes bodies, and holds at most 100,000 bytes of them at once. */
const start = async () => {
  const log = createLogger("test", "silent");
  const server = createHttpServer({ log, metrics: createMetrics("test"), health: createHealth() });
  cleanUps.push(() => server.close());
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  limitHeldBodies(server, 100_000);
  server.post("/", async ({ body }) => String((body as Buffer).length));
  await server.listen({ host: "127.0.0.1", port: 0 });
  return (server.server.address() as AddressInfo).port;
};

const post = (sent: number, declared = sent) =>
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: ${declared}\r\n\r\n${"x".repeat(sent)}`;

test("a body for which there is no room is refused, and there is room again once the others end", async () => {
  const port = await start();
  const waiting = [openSocket(port), openSocket(port)];
  for (const socket of waiting) socket.write(post(49_999, 50_000));
  await expect
    .poll(() => send(port, post(10_000)))
    .toMatchObject({ statuses: ["503"], text: expect.stringMatching(/^retry-after: 30/im) });
  for (const socket of waiting) socket.destroy();
  await expect.poll(() => send(port, post(90_000))).toMatchObject({ statuses: ["200"] });
});

test("a body is no longer held once its request is answered, also on one connection", async () => {
  const port = await start();
  const { statuses } = await send(port, post(60_000).repeat(5), 5);
  expect(statuses).toEqual(["200", "200", "200", "200", "200"]);
});

test("a body of chunks counts as well", async () => {
  const port = await start();
  const chunk = `${(10_000).toString(16)}\r\n${"x".repeat(10_000)}\r\n`;
  const { statuses } = await send(
    port,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(11)}`,
  );
  expect(statuses).toEqual(["503"]);
});
