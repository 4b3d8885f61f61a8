import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import type { Runtime } from "@touchline/service";
import type { Cluster } from "./types.ts";

export interface RealClusterOptions {
  readonly runtime: Runtime;
  /** The executable of EventStoreDB from 23.10 on, or of KurrentDB. */
  readonly binary: string;
  readonly dataDir: string;
  readonly size?: number;
}

const HOST = "127.0.0.1";
const STARTS_WITHIN_MS = 100_000;
const ASKED_EVERY_MS = 200;
const ANSWERS_WITHIN_MS = 1_000;

interface Place {
  readonly port: number;
  readonly replicationPort: number;
}

/** Real servers on this machine, for the stand-in's tests. */
export const startRealCluster = async (options: RealClusterOptions): Promise<Cluster> => {
  const { runtime, size = 3 } = options;
  const places: Place[] = [];
  for (let i = 0; i < size; i++) places.push({ port: await freePort(), replicationPort: await freePort() });
  const children: (ChildProcess | undefined)[] = [];
  const endedByThemselves: number[] = [];

  const start = async (index: number): Promise<void> => {
    if (children[index] !== undefined) return;
    const child = spawn(options.binary, argumentsOf(options.dataDir, places, index), {
      stdio: "ignore",
      env: environment(),
    });
    children[index] = child;
    child.once("exit", (code) => {
      children[index] = undefined;
      if (code === 0) endedByThemselves.push(index);
    });
    await once(child, "spawn");
  };
  const at = (index: number): ChildProcess | undefined => {
    if (places[index] === undefined) throw new RangeError(`There is no node ${index}.`);
    return children[index];
  };
  const kill = async (index: number): Promise<void> => {
    const child = at(index);
    if (child === undefined) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };

  const leader = async (): Promise<number | undefined> => {
    const claims = await Promise.all(places.map(({ port }) => claimsToLead(port)));
    const index = claims.indexOf(true);
    return index < 0 ? undefined : index;
  };
  const untilLed = async (): Promise<void> => {
    const end = runtime.monotonicMs() + STARTS_WITHIN_MS;
    while (runtime.monotonicMs() < end) {
      if ((await leader()) !== undefined) return;
      if (children.every((child) => child === undefined)) throw new Error(`${options.binary} ended at its start.`);
      await runtime.sleep(ASKED_EVERY_MS);
    }
    throw new Error(`No node led within ${STARTS_WITHIN_MS / 1_000} s.`);
  };

  const close = async (): Promise<void> => {
    await Promise.all(places.map((_, index) => kill(index)));
  };
  for (const index of places.keys()) await start(index);
  await untilLed().catch(async (error) => {
    await close();
    throw error;
  });
  return {
    nodes: places.map(({ port }) => ({ url: `esdb://${HOST}:${port}?tls=false` })),
    url: `esdb://${places.map(({ port }) => `${HOST}:${port}`).join(",")}?tls=false`,
    leader,
    endedByThemselves,
    kill,
    stop: (index) => void at(index)?.kill("SIGTERM"),
    freeze: (index) => void at(index)?.kill("SIGSTOP"),
    thaw: (index) => void at(index)?.kill("SIGCONT"),
    start,
    close,
  };
};

/** A server reads every variable with its prefix as an option, so EVENTSTORE_BIN or EVENTSTORE_URL would stop it from starting. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(EVENTSTORE|KURRENTDB)_/.test(name))),
  EVENTSTORE_TELEMETRY_OPTOUT: "true",
  KURRENTDB_TELEMETRY_OPTOUT: "true",
});

/** What the node says about itself. */
const claimsToLead = async (port: number): Promise<boolean> => {
  try {
    const gossip = await fetch(`http://${HOST}:${port}/gossip`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    const { members } = (await gossip.json()) as { members: { state: string; httpEndPointPort: number }[] };
    return members.some((member) => member.httpEndPointPort === port && member.state === "Leader");
  } catch {
    return false;
  }
};

const argumentsOf = (dataDir: string, places: readonly Place[], index: number): string[] => {
  const { port, replicationPort } = places[index] as Place;
  const seeds = places.filter((_, other) => other !== index).map((other) => `${HOST}:${other.port}`);
  const cluster = [
    `--cluster-size=${places.length}`,
    "--discover-via-dns=false",
    `--gossip-seed=${seeds.join(",")}`,
    `--replication-ip=${HOST}`,
    `--replication-port=${replicationPort}`,
  ];
  return [
    "--insecure",
    `--db=${join(dataDir, `node-${index}`)}`,
    `--log=${join(dataDir, `log-${index}`)}`,
    `--node-ip=${HOST}`,
    `--node-port=${port}`,
    ...(places.length > 1 ? cluster : []),
  ];
};
