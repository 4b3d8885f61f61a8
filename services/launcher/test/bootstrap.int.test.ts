import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "@touchline/testing";
import { root } from "@touchline/testing/stack";
import { expect, onTestFinished, test } from "vitest";

/** A clone whose dependencies are there, but whose first start is not finished. Its command writes "ran". */
const clone = (): string => {
  const { path, remove } = temporaryFolder("clone");
  onTestFinished(remove);
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  cpSync(join(root, "services/launcher/bootstrap.mjs"), join(path, "services/launcher/bootstrap.mjs"));
  write("package-lock.json", '{"packages":{}}');
  write("node_modules/.package-lock.json", '{"packages":{}}');
  mkdirSync(join(path, "node_modules/.bin"));
  symlinkSync(process.execPath, join(path, "node_modules/.bin/node"));
  write("services/launcher/src/warm.ts", "");
  write("services/launcher/src/check.ts", 'console.log("ran");');
  return path;
};

const bootstrap = (path: string) => [join(path, "services/launcher/bootstrap.mjs"), "check"];

test("a lock without a process id, as a crash leaves it, blocks nobody", () => {
  const path = clone();
  writeFileSync(join(path, ".installing"), "");
  utimesSync(join(path, ".installing"), 0, 0);
  expect(spawnSync(process.execPath, bootstrap(path), { encoding: "utf8", timeout: 30_000 }).stdout).toBe("ran\n");
});

test("a command that waits for another one says once for which process", async () => {
  const path = clone();
  const holder = spawn("sleep", ["2"]);
  writeFileSync(join(path, ".installing"), String(holder.pid));
  const waiting = spawn(process.execPath, bootstrap(path));
  const [out, err] = await Promise.all([text(waiting.stdout), text(waiting.stderr)]);
  expect([out, err.match(/process \d+/g)]).toEqual(["ran\n", [`process ${holder.pid}`]]);
});
