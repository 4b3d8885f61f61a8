import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "@touchline/testing/stack";
import { expect, onTestFinished, test } from "vitest";
import { takeDataDir } from "../src/data-dir.ts";

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "touchline-held-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

test("a folder is held by one process, and is free once that process is killed", async () => {
  const path = folder();
  const code = `import { takeDataDir } from "./services/launcher/src/data-dir.ts"; globalThis.held = takeDataDir(${JSON.stringify(path)}); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  expect(() => takeDataDir(path)).toThrow(/Another Touchline is using/);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  takeDataDir(path).release();
});

test("a process that releases a folder can take it again", () => {
  const path = folder();
  takeDataDir(path).release();
  takeDataDir(path).release();
});
