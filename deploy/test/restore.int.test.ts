import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkpoint, type StoreFiles, storeFiles } from "./store-files.ts";

const deploy = join(import.meta.dirname, "..");

let files: StoreFiles;
let archive: string;
beforeEach(() => {
  files = storeFiles();
  const env = { ...process.env, BACKUP_SOURCE: files.source, BACKUP_TARGET: files.target };
  const { stdout } = spawnSync(join(deploy, "backup/backup.sh"), ["once"], { env, encoding: "utf8" });
  archive = join(files.target, JSON.parse(stdout).file);
  // The present files are from another day.
  files.put("chaser.chk", checkpoint(1));
});
afterEach(() => files.remove());

const folder = () => dirname(files.target);

/**
 * The part of Docker that the script uses: volumes are folders, `run` runs the script on them, and each request is written
 * down. The event store answers "starting" twice, as its first start on a backup does.
 */
const docker = `#!/usr/bin/env bash
echo "$*" >>"$STAND_IN/calls"
[ -f "$STAND_IN/fail" ] && [[ "$*" == $(cat "$STAND_IN/fail") ]] && exit 1
case "$1 $2" in
  "volume ls")
    for name in $(cat "$STAND_IN/volumes"); do
      [[ "$*" == *"compose.volume=\${name#*_} "* || "$*" == *"compose.volume=\${name#*_}" ]] || continue
      [[ "$*" != *compose.project=* || "$*" == *"compose.project=\${name%%_*}"* ]] && echo "$name"
    done ;;
  "run --rm")
    case "$*" in *" tar -tzf "*)
      from=\${4#*source=}
      exec tar -tzf "\${from%%,*}/$(basename "\${@: -1}")" ;;
    esac
    case "$*" in *":/views "*)
      name=\${4%:/views}
      shift 5
      "\${@/#\\/views/$STAND_IN/$name}"
      exit ;;
    esac
    bash "$BACKUP/unpack.sh" "$TARGET/$(basename "\${@: -3:1}")" "$SOURCE" ;;
  "inspect --format")
    echo . >>"$STAND_IN/asked"
    [ "$(wc -l <"$STAND_IN/asked")" -le 2 ] && echo starting || echo healthy ;;
esac
case "$*" in *"ps --all --quiet"*) echo "container" ;; esac
exit 0
`;

const restore = (
  args: readonly string[],
  {
    volumes = ours,
    script = join(deploy, "restore.sh"),
    ...extra
  }: { volumes?: readonly string[]; script?: string; COMPOSE_PROJECT_NAME?: string } = {},
) => {
  const bin = join(folder(), "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "docker"), docker);
  chmodSync(join(bin, "docker"), 0o755);
  writeFileSync(join(folder(), "volumes"), volumes.join("\n"));
  for (const service of ["registration", "notification", "payment-link"]) viewFiles(service);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    STAND_IN: folder(),
    SOURCE: files.source,
    TARGET: files.target,
    BACKUP: join(deploy, "backup"),
    RESTORE_WAIT_SECONDS: "20",
    ...extra,
  };
  const { status, stderr } = spawnSync(script, args, { env, encoding: "utf8", cwd: "/" });
  const calls = join(folder(), "calls");
  return { status, stderr, calls: existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [] };
};

const ours = [
  "touchline_eventstore",
  "touchline_nats",
  "touchline_registration-views",
  "touchline_notification-views",
  "touchline_payment-link-views",
];

/** Puts files into the volume of a service's views. */
const viewFiles = (service: string, ...names: readonly string[]) => {
  const volume = join(folder(), `touchline_${service}-views`);
  mkdirSync(volume, { recursive: true });
  for (const name of names) writeFileSync(join(volume, name), name);
  return volume;
};

/** The position of each of these in the calls, in order. */
const order = (calls: readonly string[], ...parts: readonly string[]) =>
  parts.map((part) => calls.findIndex((call) => call.includes(part)));

test("a restore does everything in order, and NATS keeps its volume", () => {
  const { status, stderr, calls } = restore(["--yes", archive]);
  expect([status, stderr]).toEqual([0, expect.stringContaining("Restored.")]);
  const steps = order(
    calls,
    "tar -tzf /from/touchline-",
    " stop",
    "run --rm -v",
    "up --detach eventstore",
    "touchline_payment-link-views:/views",
    "up --detach nats",
    "ops recover --yes",
    "ops projections verify",
  );
  expect(steps).not.toContain(-1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(calls.filter((call) => call.includes(":/views "))).toHaveLength(3);
  expect(calls.join("\n")).not.toMatch(/volume rm|down/);
  // The backup is in place, and the earlier files are beside it.
  expect(readFileSync(join(files.source, "chaser.chk"))).toEqual(readFileSync(join(files.source, "truncate.chk")));
  const aside = readdirSync(files.source).find((name) => name.startsWith("replaced-")) as string;
  expect(readFileSync(join(files.source, aside, "chaser.chk"))).toEqual(checkpoint(1));
});

test("the views are deleted, and the operators stay", () => {
  const own = ["registrations.sqlite", "registrations.sqlite-wal", "days.next.sqlite", "ledger.sqlite-shm"];
  const registration = viewFiles("registration", "operators.json", ...own);
  const notification = viewFiles("notification", "texts.sqlite", "emails.sqlite");
  const paymentLink = viewFiles("payment-link", "links.sqlite", "events-checkpoint.json");
  expect(restore(["--yes", archive]).status).toBe(0);
  expect(readdirSync(registration)).toEqual(["operators.json"]);
  expect([readdirSync(notification), readdirSync(paymentLink)]).toEqual([[], []]);
});

test("the volumes are found whatever the project is called; if there are several projects, one has to be named", () => {
  const volumes = [...ours, "staging_eventstore"];
  const unclear = restore(["--yes", archive], { volumes });
  expect(unclear.status).toBe(1);
  expect(unclear.stderr).toContain("touchline_eventstore staging_eventstore");
  expect(unclear.calls.join("\n")).not.toContain(" stop");
  const named = restore(["--yes", archive], { volumes, COMPOSE_PROJECT_NAME: "staging" });
  expect(named.status).toBe(0);
  expect(named.calls.join("\n")).toContain("run --rm -v staging_eventstore:/to");
});

test("nothing is stopped without a readable archive, a yes and a store", () => {
  const broken = join(folder(), "broken.tar.gz");
  writeFileSync(broken, readFileSync(archive).subarray(0, 200));
  expect(restore(["--yes", broken]).stderr).toContain("choose another backup");
  expect(restore([archive]).stderr).toContain("Add --yes");
  expect(restore(["--yes", archive], { volumes: ["club_nats"] }).stderr).toContain("no volume of an event store");
  expect(restore(["--yes", join(folder(), "none")]).stderr).toContain("There is no");
  const { status, calls } = restore([]);
  expect([status, calls.join("\n").includes(" stop")]).toEqual([1, false]);
});

test.each([
  ["MAIL_FROM=Club <club@example.org>", true],
  ["# MAIL_FROM=Club <club@example.org>\nMAIL_FROM=", false],
  ["MAIL_FROM=club@example.org\nSMTP_URL=smtp://relay:25", false],
])("the mail server's file is used by the settings, since only root can see the secret: %j, %s", (settings, used) => {
  const clone = join(folder(), "clone", "deploy");
  mkdirSync(clone, { recursive: true });
  copyFileSync(join(deploy, "restore.sh"), join(clone, "restore.sh"));
  writeFileSync(join(clone, "production.env"), settings);
  const { stderr } = restore(["--yes", archive], { volumes: [], script: join(clone, "restore.sh") });
  expect(stderr).toMatch(/Start it once: docker compose .* up/);
  expect(stderr.includes("-f deploy/compose.mail.yml")).toBe(used);
});

test("a step that fails ends the restore, and the views and NATS stay", () => {
  writeFileSync(join(folder(), "fail"), "run --rm -v*");
  const { status, calls } = restore(["--yes", archive]);
  expect(status).not.toBe(0);
  expect(calls.join("\n")).not.toMatch(/:\/views|recover/);
});

test("nothing else is started when NATS could not give everything back", () => {
  writeFileSync(join(folder(), "fail"), "*ops recover*");
  const { status, calls } = restore(["--yes", archive]);
  expect(status).not.toBe(0);
  expect(calls.at(-1)).toContain("ops recover --yes");
});
