import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LaunchedCluster, launchCluster } from "../../src/cluster/index.ts";
import { clientOf } from "./client.ts";
import { eventually, newStream } from "./support.ts";

let dataDir: string;
let cluster: LaunchedCluster;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "touchline-cluster-process-"));
  cluster = await launchCluster({ dataDir, pace: 0.3 });
});

afterAll(async () => {
  await cluster?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("the stand-in, as a process, obeys commands, says which node leads, and refuses what it does not understand", async () => {
  expect(await cluster.state()).toMatchObject({ leader: 0, endedByThemselves: [] });
  expect(await cluster.command("kill", 0)).toMatchObject({ leader: null });
  await eventually(async () => (await cluster.state()).leader).toBe(1);
  const client = clientOf(cluster.nodes[2]?.url ?? "");
  expect(await client.append(newStream())).toBe("0");
  client.close();
  await cluster.command("start", 0);
  await cluster.command("stop", 1);
  await eventually(async () => (await cluster.state()).endedByThemselves).toEqual([1]);
  await expect(cluster.command("kill", 7)).rejects.toThrow("no node 7");
  await expect(cluster.command("kill", -1)).rejects.toThrow("needs a number");
});
