import { readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@touchline/testing";
import { startProcess } from "@touchline/testing/stack";
import { expect, test } from "vitest";

test("a check that is stopped in the middle leaves no copy of the view behind", async () => {
  const { path, remove } = temporaryFolder("verify");
  const view = join(path, "tally.sqlite");
  const copies = () => readdirSync(path).filter((name) => name.startsWith("touchline-verify-"));
  const checking = await startProcess("libs/projections/test/run-verify.ts", { args: [view], env: { TMPDIR: path } });
  expect(copies()).toHaveLength(1);
  expect(await checking.stop()).toBe(143);
  expect(copies()).toEqual([]);
  remove();
});
