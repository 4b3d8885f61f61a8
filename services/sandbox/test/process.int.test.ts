import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientFor } from "./gocardless-client.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const accountSid = `AC${"0".repeat(32)}`;
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let dataDir: string;
let receiver: Receiver;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sandbox-"));
  receiver = await startReceiver();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  await receiver.stop();
  await rm(dataDir, { recursive: true });
});

/** Starts the sandbox under plain node and waits for its ready line. */
const start = async (env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      SANDBOX_PORT: "0",
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: "t",
      GOCARDLESS_ACCESS_TOKEN: "g",
      GOCARDLESS_WEBHOOK_SECRET: "s",
      PAYMENT_BASE_URL: receiver.url,
      REGISTRATION_GRPC_URL: "127.0.0.1:1",
      DATA_DIR: dataDir,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.push(child);
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const ready = once(lines, "line").then(([line]) => JSON.parse(String(line)) as { msg: string; port: number });
  const first = await Promise.race([ready, exited.then(([code]) => ({ msg: "exit", port: code ?? -1 }))]);
  return { child, exited, ...first, url: `http://127.0.0.1:${first.port}` };
};

const texts = (url: string) => {
  const client = twilio(accountSid, "t");
  client.api.baseUrl = url;
  return client.messages;
};

describe("the process", () => {
  it("says where it listens, and ends with 0 when asked", async () => {
    const running = await start();
    expect(running.msg).toBe("ready");
    expect((await fetch(running.url)).status).toBe(200);
    running.child.kill("SIGTERM");
    expect(await running.exited).toEqual([0, null]);
  });

  it("ends when the launcher is gone", async () => {
    const running = await start();
    running.child.disconnect();
    expect(await running.exited).toEqual([0, null]);
  });

  it.each([{ NODE_ENV: "production" }, { GOCARDLESS_ENVIRONMENT: "live" }])(
    "refuses to start with %o",
    async (setting) => {
      const refused = await start(setting);
      expect([refused.msg, refused.port]).toEqual(["exit", 78]);
    },
  );

  it("remembers everything after a kill, and goes on where it was", async () => {
    receiver.answer({ status: 500 });
    const before = await start();
    const sent = await texts(before.url).create({ to: "+447700900123", from: "+447700900999", body: "Hello" });
    const made = await clientFor(before.url, "g").billingRequests.create(
      { payment_request: { amount: 100, currency: "GBP" } },
      "key",
    );
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBeGreaterThan(0);
    before.child.kill("SIGKILL");
    await before.exited;

    receiver.answer({ status: 204 });
    receiver.received.length = 0;
    const after = await start();
    await expect
      .poll(async () => (await texts(after.url)(sent.sid).fetch()).status, { timeout: 10_000 })
      .toBe("delivered");
    const client = clientFor(after.url, "g");
    expect((await client.billingRequests.find(made.id)).status).toBe("pending");
    const again = client.billingRequests.create({ payment_request: { amount: 100, currency: "GBP" } }, "key");
    await expect(again).rejects.toMatchObject({ conflictingResourceId: made.id });
    // The webhook that was refused is sent again.
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(receiver.received[0]?.body).toContain(made.id);
  });
});
