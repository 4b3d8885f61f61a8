import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const rehearse = (...args: readonly string[]) => {
  const main = new URL("../src/rehearsal/main.ts", import.meta.url).pathname;
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
};

test("twenty families are rehearsed, and the same seed gives the same words", () => {
  const args = ["--families", "20", "--season", "2026", "--reminder-days", "3,7", "--suspend-after-days", "10"];
  const first = rehearse(...args);
  expect(first.stderr).toBe("");
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/^Families +20 +20 +0$/m);
  expect(first.stdout).toMatch(/^Payment link +20 +20 /m);
  expect(rehearse(...args).stdout).toBe(first.stdout);
});

test("a wrong flag ends with 2", () => {
  expect(rehearse("--families", "many")).toMatchObject({ status: 2, stdout: expect.stringMatching(/^--families: /) });
});
