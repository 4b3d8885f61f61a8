import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import { root, startProcess } from "@touchline/testing/stack";
import { SERVICES } from "../chaos/instances.ts";

const PORTS = ["RELAY_PORT", "REGISTRATION_PORT", "GRPC_PORT", "PAYMENT_LINK_PORT", "NOTIFICATION_PORT"] as const;

/** Ports and a folder of views, used by one version after the other. */
export interface Place {
  readonly env: Readonly<Record<(typeof PORTS)[number] | "DATA_DIR", string>>;
  readonly grpcTarget: string;
}

export const findPlace = async (dataDir: string): Promise<Place> => {
  const ports = await Promise.all(PORTS.map(async (name) => [name, String(await freePort())] as const));
  const env = { ...Object.fromEntries(ports), DATA_DIR: dataDir } as Place["env"];
  return { env, grpcTarget: `127.0.0.1:${env.GRPC_PORT}` };
};

/** The four services of one version. */
export interface RunningVersion {
  /** Everything that they have logged. */
  readonly output: () => string;
  /** Their exit codes. */
  stop(): Promise<(number | null)[]>;
}

/** Starts the services of the version in this folder, and resolves when all of them are ready. */
export const startVersion = async (folder: string, env: Readonly<Record<string, string>>): Promise<RunningVersion> => {
  const started = await Promise.allSettled(
    SERVICES.map((name) => startProcess(join(folder, "services", name, "src", "main.ts"), { env })),
  );
  const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stop = () => Promise.all(running.map((one) => one.stop()));
  for (const one of started) {
    if (one.status === "fulfilled") continue;
    await stop();
    throw one.reason;
  }
  return { output: () => running.map(({ output }) => output()).join(""), stop };
};

/**
 * Unpacks a commit into an empty folder. It uses this checkout's packages: their versions are the same, and any that only the
 * previous version needs is among the root's `devDependencies`: now `cockatiel`.
 */
export const unpackVersion = (commit: string, folder: string): void => {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, maxBuffer: 256 * 1024 ** 2, stdio: "pipe" });
  try {
    git("cat-file", "-e", `${commit}^{commit}`);
  } catch {
    throw new Error(
      `This clone lacks the version before, commit ${commit}. Get the whole history: git fetch --unshallow`,
    );
  }
  execFileSync("tar", ["-x", "-C", folder], { input: git("archive", commit, "libs", "services", "package.json") });
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@touchline"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@touchline") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const group of ["libs", "services"]) {
    for (const name of readdirSync(join(folder, group))) {
      const path = join(folder, group, name);
      const { name: packageName } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as { name: string };
      symlinkSync(path, join(modules, packageName));
    }
  }
};
