import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { metric, root } from "@touchline/testing/stack";
import { afterEach, expect, test } from "vitest";

let disk: SmallDisk | undefined;
afterEach(() => disk?.remove());

test("a service whose log's disk is full continues, counts the lines it lost, and logs again when there is room", async (context) => {
  disk = smallDisk(64);
  if (!disk) return context.skip("this user may not mount a file system");
  const path = join(disk.path, "log");
  const log = openSync(path, "a");
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: String(port), LOG_LEVEL: "info" };
  const script = "services/launcher/test/fixtures/talker.ts";
  const talker = spawn(process.execPath, [script], { cwd: root, env, stdio: ["ignore", "ignore", log, "ipc"] });
  closeSync(log);
  await once(talker, "message");
  disk.fill();
  const dropped = () => metric(`http://127.0.0.1:${port}`, "touchline_log_lines_dropped_total");
  await expect.poll(dropped).toBeGreaterThan(10);
  disk.makeRoom();
  const lines = () => readFileSync(path, "utf8").split("\n");
  await expect.poll(() => lines().some((line) => line.includes("log lines were dropped"))).toBe(true);
  const number = await dropped();
  await expect
    .poll(() =>
      lines()
        .slice(-5, -1)
        .map((line) => JSON.parse(line).msg),
    )
    .toEqual(Array(4).fill("a line"));
  expect(await dropped()).toBe(number);
  expect(talker.exitCode).toBeNull();
  talker.kill("SIGTERM");
  expect(await once(talker, "exit")).toEqual([0, null]);
});
