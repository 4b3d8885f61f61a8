import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface NatsOptions {
  /** The folder for JetStream's files and the pid file. */
  readonly dataDir: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly host?: string;
  readonly cluster?: ClusterMember;
}

/** One of several servers on this machine. */
interface ClusterMember {
  readonly serverName: string;
  readonly port: number;
  /** Ports of the others, or of what is in front of them. */
  readonly peers: readonly number[];
  /** The port that the others are given, if it is not `port`. */
  readonly advertise?: number;
}

export interface RunningNats {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
  /** The address of its `/healthz`, on loopback. */
  readonly monitoringUrl: string;
  /** The end of its output, to show why it ended. */
  readonly lastWords: () => string;
  /** Stops the server and waits until it is gone: SIGTERM, then SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

const START_MS = 15_000;
const STOP_MS = 10_000;
const LAST_WORDS_LINES = 50;
/**
 * More than Touchline's streams may grow to. By default the server lets streams reserve three quarters of the free disk, and with
 * less than 5.4 GB free it would refuse to create them. This setting does not depend on the free disk.
 */
const MAX_FILE_STORE = 5 * 1024 ** 3;
/** Only these variables: the rest of the environment is for other programs. */
const settingsOfServer = ["PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT"];

/** Debian installs the server in a folder that is only on root's PATH. */
export const findNatsServer = (): string | undefined =>
  find("nats-server", [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]);

/** Starts a real `nats-server` with JetStream. First stops one that a killed launcher left behind on the same folder. */
export const startNats = async (options: NatsOptions): Promise<RunningNats> => {
  const { dataDir, port = 0, host = "127.0.0.1", cluster } = options;
  const binary = findNatsServer();
  if (!binary) throw new Error("nats-server was not found. On Debian: apt-get install nats-server");
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, "nats.pid");
  await stopLeftOver(pidFile, dataDir);
  const config = join(dataDir, "nats.conf");
  writeFileSync(config, `jetstream { max_file_store: ${MAX_FILE_STORE} }\n${cluster ? clusterOf(host, cluster) : ""}`);
  const listen = ["--addr", host, "--port", String(port || -1), "--http_port", "-1"];
  const files = ["--config", config, "--store_dir", dataDir, "--pid", pidFile, "--ports_file_dir", dataDir];
  // The kernel stops the server when this process dies, however it dies.
  const setpriv = find("setpriv", ["/usr/bin", "/bin"]);
  const command = [...(setpriv ? [setpriv, "--pdeathsig", "TERM"] : []), binary, ...listen, ...files];
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    // With more, Go's scheduler spends as much time looking for work as doing it. One carries more messages than all the
    // programs on this machine can send.
    env: { GOMAXPROCS: "1", ...pick(process.env, settingsOfServer) },
  });
  const lines: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => {
    lines.push(chunk.toString());
    if (lines.length > LAST_WORDS_LINES) lines.shift();
  });
  const lastWords = () => lines.join("").slice(-2_000);
  const at = await listening(child, dataDir).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`nats-server did not start: ${String(error)}\n${lastWords()}`);
  });
  return {
    url: `nats://${host}:${at.port}`,
    ...at,
    pid: child.pid as number,
    child,
    lastWords,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      // A hung server does not react to SIGTERM.
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(late);
    },
  };
};

const clusterOf = (host: string, { serverName, port, peers, advertise = port }: ClusterMember): string => {
  const routes = peers.map((peer) => `"nats://${host}:${peer}"`).join(", ");
  const addresses = `listen: "${host}:${port}", advertise: "${host}:${advertise}", routes: [${routes}]`;
  // Clients know all servers. One that comes through doors would learn the addresses behind them.
  return `server_name: ${serverName}\ncluster { name: touchline, ${addresses}, no_advertise: true }\n`;
};

/** Once it is listening, the server writes its address to a file named after its pid. */
const listening = async (
  child: ChildProcess,
  dataDir: string,
): Promise<Pick<RunningNats, "port" | "monitoringUrl">> => {
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
      const { nats, monitoring } = JSON.parse(written) as Partial<Record<"nats" | "monitoring", string[]>>;
      const [url, monitoringUrl] = [nats?.[0], monitoring?.[0]];
      if (url && monitoringUrl) return { port: Number(new URL(url).port), monitoringUrl };
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

const pick = (env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

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
