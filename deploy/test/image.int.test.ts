import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "@touchline/testing";
import { afterAll, expect, test } from "vitest";

// There is no Docker on every machine, so the steps that put an image's files together are run in a folder instead.

const root = join(import.meta.dirname, "..", "..");
const folder = temporaryFolder("image");
afterAll(() => folder.remove());

/** Files that go to the builder, nearly: tests are left out as .dockerignore leaves them out. */
const sources = execFileSync("git", ["ls-files", "libs", "services"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file && !/\/(test|bench)\/|\.test\.ts$/.test(file));

const copy = (files: readonly string[], to: string) => {
  for (const file of files) {
    mkdirSync(join(to, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(to, file));
  }
};

/** The commands of one stage of the Dockerfile. */
const commandsOf = (stage: string): string[] => {
  const dockerfile = readFileSync(join(root, "deploy", "Dockerfile"), "utf8").replaceAll(/\\\n/g, " ");
  const lines = dockerfile.split(`AS ${stage}\n`)[1]?.split("\nFROM ")[0]?.split("\n") ?? [];
  return lines.flatMap((line) => (line.startsWith("RUN ") ? [line.slice("RUN ".length)] : []));
};

test("an image has all packages that its source imports", () => {
  // Of all services it has the most packages of its own.
  const service = "registration";
  const at = join(folder.path, service);
  const app = join(at, "app");
  copy(
    ["package.json", "package-lock.json", ".npmrc", ...sources.filter((file) => file.endsWith("/package.json"))],
    app,
  );
  copy(sources, join(at, "sources"));
  const commands = commandsOf("service");
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) {
    const inFolder = command.replaceAll(/\/(app|sources|manifests|empty)\b/g, (path) => `${at}${path}`);
    execFileSync("sh", ["-ec", inFolder], {
      cwd: app,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        WORKSPACE: `services/${service}`,
        // What the checkout was installed from.
        npm_config_prefer_offline: "true",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  // Its settings are read once all is imported.
  const { status, stderr } = spawnSync(process.execPath, ["src/main.ts"], {
    cwd: join(app, "services", service),
    env: { REGISTRATION_PORT: "none" },
    encoding: "utf8",
  });
  expect(stderr).toMatch(/REGISTRATION_PORT/);
  expect(status).toBe(78);
}, 300_000);
