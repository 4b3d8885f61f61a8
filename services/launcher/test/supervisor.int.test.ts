import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@touchline/service";
import { root, startProcess } from "@touchline/testing/stack";
import { expect, onTestFinished, test } from "vitest";
import { supervise } from "../src/supervisor.ts";

const log = createLogger("test", "silent");
const script = "services/launcher/test/fixtures/worker.ts";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a killed process is restarted, and stop ends it for good", async () => {
  const supervised = supervise({ name: "worker", script, env: {} }, log);
  await supervised.ready;
  const first = supervised.pid() as number;
  process.kill(first, "SIGKILL");
  await expect.poll(() => supervised.pid()).not.toBe(first);
  const second = supervised.pid() as number;
  await expect.poll(() => alive(second)).toBe(true);
  await supervised.stop();
  expect(alive(second)).toBe(false);
});

test("a process gets only the secrets that it needs, from its settings and from the launcher", async () => {
  process.env.GATEWAY_TOKEN = "from-the-launcher";
  const env = { TWILIO_AUTH_TOKEN: "from-the-settings", CLUB_NAME: "Tigers" };
  const supervised = supervise({ name: "edge", script, env }, log);
  await supervised.ready;
  const environment = readFileSync(`/proc/${supervised.pid()}/environ`, "utf8");
  await supervised.stop();
  delete process.env.GATEWAY_TOKEN;
  expect(environment).toContain("CLUB_NAME=Tigers");
  expect(environment).not.toMatch(/from-the-(?:launcher|settings)/);
});

test("the project may be in a folder whose name has spaces and letters of any language", async () => {
  const folder = mkdtempSync(join(tmpdir(), "Touchline – München 100% "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const launcher = join("services", "launcher");
  mkdirSync(join(folder, launcher), { recursive: true });
  for (const part of ["src", "test", "package.json"])
    cpSync(join(root, launcher, part), join(folder, launcher, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const program = join(folder, launcher, "test", "fixtures", "supervise.ts");
  const { ended, output } = await startProcess(program, { ready: "nothing" });
  expect(await ended, output()).toBe(0);
});

test("a process that refuses its settings is not restarted", async () => {
  const supervised = supervise({ name: "worker", script, args: ["78"], env: {} }, log);
  await expect(supervised.ready).rejects.toThrow("worker refused its settings");
});

test("a process that was ready is started again, even if it refuses its settings meanwhile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "touchline-supervisor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const refuses = join(folder, "refuses");
  const restarts: unknown[] = [];
  const noting = { ...log, warn: ({ code }: { code: unknown }) => restarts.push(code) } as unknown as typeof log;
  const supervised = supervise({ name: "worker", script, args: ["78", refuses], env: {} }, noting);
  await supervised.ready;
  writeFileSync(refuses, "");
  process.kill(supervised.pid() as number, "SIGKILL");
  await expect.poll(() => restarts).toEqual([null, 78]);
  await expect.poll(() => alive(supervised.pid() as number)).toBe(true);
  await supervised.stop();
});

test("a process that never becomes ready makes the start fail", async () => {
  const supervised = supervise({ name: "worker", script, args: ["1"], env: {} }, log);
  await expect(supervised.ready).rejects.toThrow("worker could not be started");
});
