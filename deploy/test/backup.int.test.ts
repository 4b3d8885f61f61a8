import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkpoint, chunk, type StoreFiles, storeFiles } from "./store-files.ts";

const scripts = join(import.meta.dirname, "../backup");
const DAY_MS = 86_400_000;

let files: StoreFiles;
let running: ChildProcess | undefined;
beforeEach(() => {
  files = storeFiles();
});
afterEach(() => {
  // Kills the process group, and the script's own children with it.
  if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null)
    process.kill(-running.pid, "SIGKILL");
  running = undefined;
  files.remove();
});

const metricsPath = () => join(dirname(files.target), "backup.prom");

// When the night's backup is due must not come while a test runs.
const HOURS_AWAY = (new Date().getUTCHours() + 12) % 24;

const environment = (extra: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? "",
  BACKUP_SOURCE: files.source,
  BACKUP_TARGET: files.target,
  BACKUP_METRICS: metricsPath(),
  BACKUP_HOUR_UTC: String(HOURS_AWAY),
  ...extra,
});

const once = (extra: Record<string, string> = {}, prefix = "") => {
  const command = `${prefix}exec ${join(scripts, "backup.sh")} once`;
  const { status, signal, stdout, stderr } = spawnSync("sh", ["-c", command], {
    env: environment(extra),
    encoding: "utf8",
  });
  return { ok: status === 0 && signal === null, stdout, stderr };
};

/** A command of that name, found before the real one. */
const standIn = (name: string, script: string): Record<string, string> => {
  const bin = join(dirname(files.target), "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  return { PATH: `${bin}:${process.env.PATH}` };
};

const shelf = () => readdirSync(files.target).filter((name) => name !== ".lock");

/** A whole backup from that many days ago. */
const older = (days: number): string => {
  const name = `touchline-${days}-days.tar.gz`;
  writeFileSync(join(files.target, name), "whole");
  const at = new Date(Date.now() - days * DAY_MS);
  utimesSync(join(files.target, name), at, at);
  return name;
};

const loop = (extra: Record<string, string> = {}) => {
  running = spawn(join(scripts, "backup.sh"), { env: environment(extra), detached: true, stdio: "pipe" });
  let [out, err] = ["", ""];
  running.stdout?.on("data", (bytes) => {
    out += bytes;
  });
  running.stderr?.on("data", (bytes) => {
    err += bytes;
  });
  return { out: () => out, err: () => err, child: running };
};

const until = async (check: () => boolean): Promise<void> => {
  while (!check()) await sleep(50);
};

const metric = (name: string): number => {
  const text = existsSync(metricsPath()) ? readFileSync(metricsPath(), "utf8") : "";
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
};

describe("a backup", () => {
  test("is whole, restores into another folder, and ages out", () => {
    const [old, young] = [older(40), older(2)];
    const { ok, stdout, stderr } = once();
    expect([ok, stderr]).toEqual([true, ""]);
    const { file, bytes } = JSON.parse(stdout);
    expect(bytes).toBeGreaterThan(200);
    expect(new Set(shelf())).toEqual(new Set([young, file]));
    expect(old).not.toBe(young);
    expect(Date.now() / 1_000 - metric("touchline_backup_last_success_seconds")).toBeLessThan(60);

    const folder = join(dirname(files.target), "elsewhere");
    mkdirSync(folder);
    writeFileSync(join(folder, "chunk-000000.000000"), "what was there");
    const unpacked = spawnSync(join(scripts, "unpack.sh"), [join(files.target, file), folder], { encoding: "utf8" });
    expect([unpacked.status, unpacked.stderr]).toEqual([0, ""]);
    const { aside } = JSON.parse(unpacked.stdout);
    expect(readFileSync(join(folder, aside, "chunk-000000.000000"), "utf8")).toBe("what was there");
    expect(readFileSync(join(folder, "truncate.chk"))).toEqual(readFileSync(join(files.source, "chaser.chk")));
    for (const name of ["chunk-000000.000001", "chunk-000002.000000", "index/indexmap", "writer.chk"])
      expect(readFileSync(join(folder, name))).toEqual(readFileSync(join(files.source, name)));

    // The next backup leaves out what was put aside.
    const again = once({ BACKUP_SOURCE: folder });
    expect(again.ok).toBe(true);
    const listed = spawnSync("tar", ["-tzf", join(files.target, JSON.parse(again.stdout).file)], { encoding: "utf8" });
    expect(listed.stdout).toContain("chunk-000002.000000");
    expect(listed.stdout).not.toContain("replaced-");
  });

  test("can be read by its owner alone, and its metrics by everybody", () => {
    chmodSync(files.target, 0o755);
    const { file } = JSON.parse(once().stdout);
    const paths = [files.target, join(files.target, file), metricsPath()];
    expect(paths.map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(["700", "600", "644"]);
  });

  const spoilt = (name: string, content?: Buffer): Record<string, string> => {
    files.put(name, content);
    return {};
  };
  const wrong: Record<string, () => Record<string, string>> = {
    "the disk is full while it is packed": () => standIn("tar", 'echo "tar: No space left on device" >&2; exit 2'),
    "the disk is full while it is copied": () => standIn("cp", 'echo "cp: No space left on device" >&2; exit 1'),
    "the archive cannot be read back": () =>
      standIn(
        "tar",
        'case " $* " in *" -dzf "*) echo "tar: contents differ" >&2; exit 1;; *) exec /usr/bin/tar "$@";; esac',
      ),
    "there is no event store": () => spoilt("chaser.chk"),
    "a chunk is missing": () => spoilt("chunk-000000.000001"),
    "the last chunk is cut off": () => spoilt("chunk-000002.000000", chunk(2, { bytes: 500 })),
    "the chunks end before the checkpoint": () => spoilt("chunk-000002.000000"),
    "the checkpoints disagree": () => spoilt("writer.chk", checkpoint(10)),
    "a checkpoint is torn": () => spoilt("chaser.chk", Buffer.alloc(3)),
    "the index never stops changing": () => standIn("cmp", "exit 1"),
  };

  test.each(Object.entries(wrong))("fails loudly, and deletes nothing, when %s", (_, spoil) => {
    const old = older(40);
    const { ok, stdout, stderr } = once(spoil());
    expect([ok, stdout]).toEqual([false, ""]);
    expect(stderr).toMatch(/\w/);
    expect(shelf()).toEqual([old]);
  });

  test("fails when no more can be written", () => {
    const old = older(40);
    // A real limit, like a full disk: every write beyond it fails.
    expect(once({}, "ulimit -f 2; ").ok).toBe(false);
    expect(shelf()).toEqual([old]);
    expect(once().ok).toBe(true);
  });

  test("that is killed half-way leaves nothing that looks complete, and the next one cleans up", async () => {
    const old = older(40);
    const slow = standIn("tar", 'echo half >"$4"; touch "$BACKUP_TARGET/.packing"; sleep 60');
    running = spawn(join(scripts, "backup.sh"), ["once"], { env: environment(slow), detached: true, stdio: "ignore" });
    await until(() => existsSync(join(files.target, ".packing")));
    const second = once();
    expect([second.ok, second.stderr]).toEqual([false, "Another backup is under way.\n"]);
    process.kill(-(running.pid as number), "SIGKILL");
    await until(() => running?.signalCode === "SIGKILL");
    expect(shelf().filter((name) => !name.startsWith("."))).toEqual([old]);
    expect(once().ok).toBe(true);
    expect(shelf().filter((name) => name.startsWith(".touchline-"))).toEqual([]);
    expect(shelf()).not.toContain(old);
  });
});

describe("every night", () => {
  test("it is made at once when it is overdue, and only once a day", async () => {
    older(3);
    const { out, child } = loop();
    await until(() => out().includes('"msg":"backup"'));
    await until(() => metric("touchline_backup_failing") === 0);
    child.kill("SIGTERM");
    await until(() => child.exitCode === 0);
    const again = loop();
    await until(() => metric("touchline_backup_last_success_seconds") > 0);
    await sleep(500);
    expect(again.out()).toBe("");
    expect(shelf()).toHaveLength(2);
  });

  test("a failure is logged with its reason and shown in the metrics, and tried again", async () => {
    const old = older(40);
    const broken = standIn("tar", 'echo "tar: No space left on device" >&2; exit 2');
    const { err, out } = loop({ ...broken, BACKUP_RETRY_SECONDS: "1" });
    await until(() => metric("touchline_backup_failing") === 1);
    expect(JSON.parse(err().split("\n")[0] as string)).toMatchObject({
      level: "error",
      msg: expect.stringContaining("backup failed"),
      reason: expect.stringContaining("No space left on device"),
    });
    expect(metric("touchline_backup_last_success_seconds")).toBeCloseTo((Date.now() - 40 * DAY_MS) / 1_000, -2);
    expect(shelf()).toContain(old);
    standIn("tar", 'exec /usr/bin/tar "$@"');
    await until(() => out().includes('"msg":"backup"'));
    await until(() => metric("touchline_backup_failing") === 0);
  });
});

test("an incomplete backup is not unpacked, and what was there stays", () => {
  const { stdout } = once();
  const folder = join(dirname(files.target), "elsewhere");
  mkdirSync(folder);
  writeFileSync(join(folder, "chaser.chk"), "what was there");
  const archive = join(files.target, JSON.parse(stdout).file);
  writeFileSync(archive, readFileSync(archive).subarray(0, 300));
  const { status, stderr } = spawnSync(join(scripts, "unpack.sh"), [archive, folder], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/\w/);
  expect(readdirSync(folder)).toEqual(["chaser.chk"]);
});
