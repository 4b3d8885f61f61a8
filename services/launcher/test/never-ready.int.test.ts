import { once } from "node:events";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { processesOf, temporaryFolder } from "@touchline/testing";
import { startProcess } from "@touchline/testing/stack";
import { expect, onTestFinished, test } from "vitest";
import { startStandIns } from "./stand-ins.ts";

test("a start that never gets ready, here for want of the NATS that a file names, stops on SIGTERM", async () => {
  const standIns = await startStandIns();
  const { env, dataDir } = standIns;
  onTestFinished(async () => {
    await standIns.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const natsUrlFile = join(dataDir, "nats-url");
  writeFileSync(natsUrlFile, "nats://127.0.0.1:1");
  const launcher = await startProcess("services/launcher/src/start.ts", {
    env: { ...env, NATS_URL_FILE: natsUrlFile },
    ready: "nothing",
  });
  await expect.poll(launcher.output).toContain("Starting the services …");
  expect(
    processesOf(dataDir)
      .map(({ command }) => command)
      .join(),
  ).not.toContain("nats-server");
  expect(await launcher.stop()).toBe(0);
  expect(launcher.stdout()).toBe("");
  expect(processesOf(dataDir)).toEqual([]);
});

test("a demo whose start fails leaves no folder, nor does an empty DATA_DIR mean the clone", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { path: TMPDIR, remove } = temporaryFolder("full-port");
  onTestFinished(() => {
    taken.close();
    remove();
  });
  const env = { DATA_DIR: "", TMPDIR, EDGE_PORT: String((taken.address() as AddressInfo).port) };
  const demo = await startProcess("services/launcher/src/demo.ts", { args: ["--once"], env, ready: "nothing" });
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain("is taken by another program");
  expect(readdirSync(TMPDIR)).toEqual([]);
});
