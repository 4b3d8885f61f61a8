import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startRealCluster } from "../../src/cluster/index.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "touchline-real-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a server gets none of our variables that it would read as options, and a failed start is reported at once", async () => {
  const binary = join(dataDir, "server");
  const given = join(dataDir, "given");
  writeFileSync(binary, `#!/bin/sh\nenv > ${given}\nexit 1\n`);
  chmodSync(binary, 0o755);
  vi.stubEnv("EVENTSTORE_BIN", binary);
  vi.stubEnv("EVENTSTORE_URL", "esdb://127.0.0.1:2113");

  const starting = startRealCluster({ runtime: systemRuntime(), dataDir, binary, size: 1 });
  await expect(starting).rejects.toThrow("ended at its start");
  const names = readFileSync(given, "utf8").split("\n");
  expect(names.filter((line) => /^(EVENTSTORE|KURRENTDB)_/.test(line)).sort()).toEqual([
    "EVENTSTORE_TELEMETRY_OPTOUT=true",
    "KURRENTDB_TELEMETRY_OPTOUT=true",
  ]);
});
