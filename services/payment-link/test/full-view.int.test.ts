import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "@touchline/embedded";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { metric, startProcess } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { linksPath } from "../src/projections/index.ts";
import { type Instance, linkOf, register, type Stack, startStack, tap } from "./stack.ts";

let stack: Stack;
let disk: SmallDisk | undefined;

beforeAll(async () => {
  stack = await startStack({ env: { WEBHOOK_POLL_SECONDS: "3600" } });
});
afterEach(() => {
  disk?.remove();
  disk = undefined;
});
afterAll(() => stack.stop());

const PATIENTLY = { timeout: 30_000 };
const health = async (url: string) => {
  const answer = await fetch(`${url}/health/ready`);
  const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; reason?: string }> };
  return { ready: answer.status === 200, reason: checks.projection_links_file?.reason };
};
const newLink = async () => linkOf(stack, await register(stack.store));
const goes = async ({ url }: Pick<Instance, "url">, link: string) => expect((await tap(url, link)).status).toBe(303);

test("while the view's disk is full every link still leads to GoCardless, and the view continues when there is room", async (context) => {
  disk = smallDisk(800);
  if (!disk) return context.skip("this user may not mount a file system");
  const service = await stack.start({ DATA_DIR: disk.path });
  const { url } = service;
  const first = await newLink();
  await goes(service, first);
  disk.fill();
  let last = first;
  await expect
    .poll(
      async () => {
        last = await newLink();
        return (await health(url)).reason;
      },
      { timeout: 60_000, interval: 0 },
    )
    .toContain("its disk is full");
  await goes(service, first);
  await goes(service, last);
  await goes(service, await newLink());
  expect((await health(url)).ready).toBe(true);
  expect(await metric(url, "touchline_projection_lag_events")).toBeGreaterThan(0);
  disk.makeRoom();
  await expect.poll(async () => (await health(url)).reason, PATIENTLY).toBeUndefined();
  await expect.poll(() => metric(url, "touchline_projection_lag_events"), PATIENTLY).toBe(0);
  await goes(service, last);
  expect(service.child.exitCode).toBeNull();
  await service.stop();
});

test("taps work even if the view cannot be opened", async (context) => {
  disk = smallDisk(800);
  if (!disk) return context.skip("this user may not mount a file system");
  const usual = await stack.start();
  const link = await newLink();
  await usual.stop();
  disk.fill();
  const port = await freePort();
  const env = { ...stack.env, DATA_DIR: disk.path, PAYMENT_LINK_PORT: String(port) };
  const service = await startProcess("services/payment-link/src/main.ts", { env, ready: "nothing" });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => health(url).catch(() => undefined), PATIENTLY).toMatchObject({ ready: true });
  expect((await health(url)).reason).toContain("its disk is full");
  await goes({ url }, link);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  disk.makeRoom();
  await expect.poll(async () => (await health(url)).reason, PATIENTLY).toBeUndefined();
  await goes({ url }, link);
  expect(await service.stop()).toBe(0);
});

test("a damaged view is rebuilt by itself, and the log says so", async () => {
  const dataDir = join(stack.dataDir, "damaged");
  const path = linksPath(dataDir);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "x".repeat(20_000));
  const service = await stack.start({ DATA_DIR: dataDir });
  expect(service.output()).toContain(
    "The file of the view links is damaged. It is being rebuilt from the first event.",
  );
  await goes(service, await newLink());
  await service.stop();
});
