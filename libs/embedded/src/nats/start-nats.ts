import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface NatsOptions {
  /** Keeps JetStream's files and the pid file. */
  readonly dataDir: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly host?: string;
}

export interface RunningNats {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Stops the server and waits until it is gone. */
  stop(): Promise<void>;
}

const START_MS = 15_000;

/** Debian puts the server where only root looks. */
export const findNatsServer = (): string | undefined =>
  find("nats-server", [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]);

/** Starts a real `nats-server` with JetStream. One that a killed launcher left behind on the same folder is stopped first. */
export const startNats = async ({ dataDir, port = 0, host = "127.0.0.1" }: NatsOptions): Promise<RunningNats> => {
  const binary = findNatsServer();
  if (!binary) throw new Error("nats-server was not found. On Debian: apt-get install nats-server");
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, "nats.pid");
  await stopLeftOver(pidFile, dataDir);
  const listen = ["--addr", host, "--port", String(port || -1)];
  const files = ["--jetstream", "--store_dir", dataDir, "--pid", pidFile, "--ports_file_dir", dataDir];
  // The kernel stops the server when this process dies, however it dies.
  const setpriv = find("setpriv", ["/usr/bin", "/bin"]);
  const command = [...(setpriv ? [setpriv, "--pdeathsig", "TERM"] : []), binary, ...listen, ...files];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    // With more, Go's scheduler spends as much on looking for work as the work takes. One carries more messages than all
    // who share this machine with it can send.
    env: { GOMAXPROCS: "1", ...process.env },
  });
  const lines: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => {
    lines.push(chunk.toString());
    if (lines.length > 50) lines.shift();
  });
  const actualPort = await listening(child, dataDir).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`nats-server did not start: ${String(error)}\n${lines.join("").slice(-2_000)}`);
  });
  return {
    url: `nats://${host}:${actualPort}`,
    port: actualPort,
    pid: child.pid as number,
    child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
};

/** The server writes where it listens to a file named after its pid, once it does. */
const listening = async (child: ChildProcess, dataDir: string): Promise<number> => {
  const path = join(dataDir, `nats-server_${child.pid}.ports`);
  const deadline = Date.now() + START_MS;
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  while (Date.now() < deadline) {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
    const written = await readFile(path, "utf8").catch(() => "");
    if (written.endsWith("}\n") || written.endsWith("}")) {
      const [url] = (JSON.parse(written) as { nats: string[] }).nats;
      if (url) return Number(new URL(url).port);
    }
    await sleep(20);
  }
  throw new Error(`it was not listening after ${START_MS} ms`);
};

const stopLeftOver = async (pidFile: string, dataDir: string): Promise<void> => {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  const ours = () => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(dataDir);
    } catch {
      return false;
    }
  };
  if (pid > 1 && ours()) {
    process.kill(pid, "SIGTERM");
    for (let waited = 0; ours() && waited < 10_000; waited += 50) await sleep(50);
  }
  rmSync(pidFile, { force: true });
};

const find = (name: string, folders: readonly string[]): string | undefined =>
  folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
