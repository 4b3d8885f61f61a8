import { type TemporaryFolder, temporaryFolder } from "@touchline/testing";
import { type ServiceProcess, startProcess } from "@touchline/testing/stack";
import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientFor } from "./gocardless-client.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const accountSid = `AC${"0".repeat(32)}`;

let folder: TemporaryFolder;
let receiver: Receiver;
const started: ServiceProcess[] = [];

beforeEach(async () => {
  folder = temporaryFolder("sandbox");
  receiver = await startReceiver();
});

afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
  await receiver.stop();
  folder.remove();
});

/** Starts the sandbox and waits for its ready line. */
const start = async (settings: Record<string, string> = {}) => {
  const process = await startProcess("services/sandbox/src/main.ts", {
    ready: "line",
    env: {
      SANDBOX_PORT: "0",
      SANDBOX_SMTP_PORT: "0",
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: "t",
      GOCARDLESS_ACCESS_TOKEN: "g",
      GOCARDLESS_WEBHOOK_SECRET: "s",
      PAYMENT_BASE_URL: receiver.url,
      REGISTRATION_GRPC_URL: "127.0.0.1:1",
      DATA_DIR: folder.path,
      ...settings,
    },
  });
  started.push(process);
  const { msg, port } = JSON.parse(process.stdout().split("\n")[0] ?? "") as { msg: string; port: number };
  return { ...process, msg, url: `http://127.0.0.1:${port}` };
};

const texts = (url: string) => {
  const client = twilio(accountSid, "t");
  client.api.baseUrl = url;
  return client.messages;
};

describe("the process", () => {
  it("says where it listens, and exits with 0 when asked", async () => {
    const running = await start();
    expect(running.msg).toBe("ready");
    expect((await fetch(running.url)).status).toBe(200);
    expect(await running.stop()).toBe(0);
  });

  it("ends when the launcher is gone", async () => {
    const running = await start();
    running.child.disconnect();
    expect(await running.ended).toBe(0);
  });

  it.each([{ NODE_ENV: "production" }, { GOCARDLESS_ENVIRONMENT: "live" }])(
    "refuses to start with %o",
    async (setting) => {
      await expect(start(setting)).rejects.toThrow("ended with 78");
    },
  );

  it("remembers everything after a kill, and continues where it left off", async () => {
    receiver.answer({ status: 500 });
    const before = await start();
    const sent = await texts(before.url).create({ to: "+447700900123", from: "+447700900999", body: "Hello" });
    const made = await clientFor(before.url, "g").billingRequests.create(
      { payment_request: { amount: 100, currency: "GBP" } },
      "key",
    );
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await before.kill();

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
