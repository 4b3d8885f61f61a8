import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import { SMUGGLED, sendRaw, smugglings } from "@touchline/testing/raw-http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

/** Debian's Caddy with production's configuration, in front of a service that repeats its requests. */
const noCaddy = spawnSync("caddy", ["version"]).error !== undefined;
const folder = mkdtempSync(join(tmpdir(), "touchline-caddy-"));
const asked: string[] = [];
const service = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    asked.push(`${request.method} ${request.url}`);
    response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).length}`);
  });
});
let caddy: ChildProcess | undefined;
let port: number;

beforeAll(async () => {
  if (noCaddy) return;
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const upstream = String((service.address() as AddressInfo).port);
  port = await freePort();
  caddy = spawn(
    "caddy",
    ["run", "--config", join(import.meta.dirname, "../caddy/Caddyfile"), "--adapter", "caddyfile"],
    {
      stdio: "ignore",
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
        SITE_ADDRESS: `http://127.0.0.1:${port}`,
        PAYMENT_LINK_HOST: "127.0.0.1",
        PAYMENT_LINK_PORT: upstream,
        NOTIFICATION_HOST: "127.0.0.1",
        NOTIFICATION_PORT: upstream,
      },
    },
  );
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/`), { timeout: 20_000 });
});

afterAll(async () => {
  if (caddy && caddy.exitCode === null) {
    caddy.kill();
    await once(caddy, "exit");
  }
  await new Promise((resolve) => service.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const host = () => `127.0.0.1:${port}`;
const send = (bytes: string, quietMs?: number) =>
  sendRaw(port, bytes.replaceAll("Host: x", `Host: ${host()}`), quietMs);

test.skipIf(noCaddy).each(smugglings)("%s does not reach anything that is not public", async (_what, bytes) => {
  asked.length = 0;
  const { text } = await send(bytes);
  expect(asked.filter((request) => request.includes("/metrics"))).toEqual([]);
  expect(text).not.toContain("/metrics");
});

test.skipIf(noCaddy)("parents' taps during such attacks each get their own answer", async () => {
  for (const [n, [, attack]] of [...smugglings, ...smugglings].entries()) {
    const path = `/reg_setup/BRQ000${1000 + n}`;
    const [, tap] = await Promise.all([send(attack), fetch(`http://${host()}${path}`)]);
    expect(await tap.text()).toBe(`GET ${path} 0`);
  }
});

test.skipIf(noCaddy)("requests that break off do not affect anybody else", async () => {
  const broken = "GET /reg_setup/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
  const attacks = Promise.all(Array.from({ length: 20 }, () => send(broken)));
  const taps = await Promise.all(
    Array.from({ length: 20 }, async () => (await fetch(`http://${host()}/reg_setup/BRQ0001ABC`)).status),
  );
  await attacks;
  expect(taps).toEqual(taps.map(() => 200));
});

test.skipIf(noCaddy)("a tap with a chunked body is refused", async () => {
  asked.length = 0;
  const { statuses } = await send(
    "GET /reg_setup/BRQ0001ABC HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    10_000,
  );
  expect(statuses).toEqual(["413"]);
  expect(asked).toEqual([]);
});

test.skipIf(noCaddy).each([
  ["GET", "/reg_setup/BRQ0001ABC", 200],
  ["HEAD", "/reg_setup/BRQ0001ABC", 200],
  ["POST", "/reg_setup/BRQ0001ABC/continue", 200],
  ["GET", "/reg_setup/BRQ0001ABC/stop", 200],
  ["POST", "/reg_setup/BRQ0001ABC/stop", 200],
  ["PUT", "/reg_setup/BRQ0001ABC/stop", 405],
  ["POST", "/webhooks/gocardless", 200],
  ["POST", "/webhooks/twilio/status?attempt=a", 200],
  ["DELETE", "/reg_setup/BRQ0001ABC", 405],
  ["POST", "/reg_setup/BRQ0001ABC", 405],
  ["GET", "/webhooks/gocardless", 405],
  ["GET", "/metrics", 404],
  ["GET", "/health/ready", 404],
  ["GET", "/admin", 404],
])("%s %s is answered with %i", async (method, path, status) => {
  expect((await fetch(`http://${host()}${path}`, { method })).status).toBe(status);
});

test.skipIf(noCaddy)("a webhook arrives whole", async () => {
  const { text } = await send(
    `POST /webhooks/gocardless HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  );
  expect(text).toContain(`POST /webhooks/gocardless ${SMUGGLED.length}`);
});

test.skipIf(noCaddy)("a body over the limit is answered with 413, with a length or without", async () => {
  const body = "x".repeat(5_000_000);
  for (const sent of [body, new Blob([body]).stream()]) {
    const answer = await fetch(`http://${host()}/webhooks/gocardless`, { method: "POST", body: sent, duplex: "half" });
    expect([answer.status, await answer.text()]).toEqual([413, "The request is too large"]);
  }
});
