import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "@touchline/service";
import { openSocket, SMUGGLED, sendRaw, smugglings } from "@touchline/testing/raw-http";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEdge } from "../src/edge/edge.ts";

/** The requests to the service behind the edge, and over how many connections they came. */
const asked: string[] = [];
const service = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    asked.push(`${request.method} ${request.url}`);
    response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).length}`);
  });
});
let edge: FastifyInstance;
let port: number;
const CONNECTIONS = 8;

const options = () => {
  const upstream = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const club = { name: "Tigers", contact: "coach" };
  return { log: createLogger("test", "silent"), notification: upstream, paymentLink: upstream, club };
};

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  edge = await createEdge({ ...options(), requestTimeoutMs: 600, connectionsPerAddress: CONNECTIONS });
  await edge.listen({ host: "127.0.0.1", port: 0 });
  port = (edge.server.address() as AddressInfo).port;
});
afterAll(async () => {
  await edge.close();
  await new Promise((resolve) => service.close(resolve));
});

const send = (bytes: string) => sendRaw(port, bytes);

test.each(smugglings)("%s is refused once, and its connection is closed", async (_what, bytes) => {
  asked.length = 0;
  const { statuses, closed } = await send(bytes);
  expect(statuses).toHaveLength(1);
  expect(statuses[0]).toMatch(/^4/);
  expect(closed).toBe(true);
  expect(asked).toEqual([]);
});

test("a webhook whose Connection header names its framing arrives whole, and what follows it is a separate request", async () => {
  asked.length = 0;
  const post = `POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nConnection: content-length, keep-alive\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
  const { text } = await send(`${post}GET /reg_setup/BRQ0001ABC HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect(text).toContain(`POST /webhooks/gocardless ${SMUGGLED.length}`);
  expect(asked.toSorted()).toEqual(["GET /reg_setup/BRQ0001ABC", "POST /webhooks/gocardless"]);
});

test("parents' taps during such attacks each get their own answer", async () => {
  const attack = `DELETE /reg_setup/x HTTP/1.1\r\nHost: x\r\nConnection: content-length\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
  for (let n = 0; n < 20; n++) {
    const [, tap] = await Promise.all([
      send(attack),
      fetch(`http://127.0.0.1:${port}/reg_setup/BRQ000${1000 + n}`, { headers: { connection: "close" } }),
    ]);
    expect(await tap.text()).toBe(`GET /reg_setup/BRQ000${1000 + n} 0`);
  }
});

test.each([
  ["an absolute target", "GET http://club.example/reg_setup/BRQ0001ABC HTTP/1.1\r\nHost: club.example\r\n\r\n", "200"],
  ["HTTP/1.0 without Host", "GET /reg_setup/BRQ0001ABC HTTP/1.0\r\n\r\n", "200"],
  ["a link as a chat app passes it on", "GET /reg_setup/brq0001abc). HTTP/1.1\r\nHost: x\r\n\r\n", "200"],
  ["what is no request", "HELLO\r\n\r\n", "400"],
  ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(40_000)}\r\n\r\n`, "431"],
  ["a webhook by GET", "GET /webhooks/gocardless HTTP/1.1\r\nHost: x\r\n\r\n", "405"],
  ["the way out by PUT", "PUT /reg_setup/BRQ0001ABC/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405"],
  ["a link by PUT", "PUT /reg_setup/BRQ0001ABC HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405"],
])("%s is answered with %#", async (_what, bytes, status) => {
  const { text, statuses } = await send(bytes);
  expect(statuses).toEqual([status]);
  expect(text).not.toMatch(/FST_|Error|undefined|stack/);
});

test("a body over the limit is answered with 413, in our own words", async () => {
  const { text, closed } = await send(
    `POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 413 .*The request is too large\n$/s);
  expect(closed).toBe(true);
});

test("a signed batch of 250 events with long details gets through", async () => {
  const body = JSON.stringify({ events: Array.from({ length: 250 }, () => ({ details: "x".repeat(8_000) })) });
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/gocardless`, { method: "POST", body });
  expect(await answer.text()).toBe(`POST /webhooks/gocardless ${body.length}`);
});

test("bodies that are each sent but for their last byte do not fill the memory", async () => {
  const busy = await createEdge({ ...options(), requestTimeoutMs: 30_000, connectionsPerAddress: 20 });
  await busy.listen({ host: "127.0.0.1", port: 0 });
  const busyPort = (busy.server.address() as AddressInfo).port;
  const start = "POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n";
  const almost = Buffer.concat([Buffer.from(start), Buffer.alloc(4_194_303, " ")]);
  const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket(busyPort)));
  const answers = new Set<string>();
  for (const socket of sockets) {
    socket.on("data", (answer) => answers.add(answer.toString()));
    socket.write(almost);
  }
  await expect
    .poll(() => [...answers])
    .toEqual([expect.stringMatching(/^HTTP\/1.1 503 .*retry-after: 30.*Try again\n$/s)]);
  for (const socket of sockets) socket.destroy();
  await busy.close();
});

test("a body that arrives too slowly is cut off", async () => {
  const socket = await openSocket(port);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.resume();
  socket.write("POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const drip = setInterval(() => socket.write("x"), 50);
  await closed;
  clearInterval(drip);
});

test("one address has a limited number of connections, and can open new ones as they end", async () => {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openSocket(port)));
  const { text, closed } = await send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect([text, closed]).toEqual(["", true]);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).text).toContain("404");
});
