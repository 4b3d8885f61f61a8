import { freePort } from "@touchline/embedded";
import { createLogger, systemRuntime } from "@touchline/service";
import { temporaryFolder } from "@touchline/testing";
import { expect, onTestFinished, test } from "vitest";
import { superviseNats } from "../src/nats.ts";

const start = async (healthEveryMs: number) => {
  const folder = temporaryFolder("nats");
  const spec = { port: await freePort(), dataDir: folder.path, healthEveryMs };
  const nats = superviseNats(spec, createLogger("test", "silent"), systemRuntime());
  onTestFinished(async () => {
    await nats.stop();
    folder.remove();
  });
  await nats.ready;
  return nats;
};

test("a nats-server that hangs is killed and restarted", async () => {
  const nats = await start(300);
  const first = nats.pid() as number;
  process.kill(first, "SIGSTOP");
  await expect.poll(() => nats.pid(), { timeout: 60_000 }).not.toBe(first);
  await expect.poll(() => nats.pid(), { timeout: 60_000 }).toBeDefined();
});

test("stopping kills a nats-server that hangs", async () => {
  const nats = await start(600_000);
  process.kill(nats.pid() as number, "SIGSTOP");
  await nats.stop();
}, 60_000);
