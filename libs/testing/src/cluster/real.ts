import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import type { Runtime } from "@touchline/service";
import type { Cluster } from "./types.ts";

export interface RealClusterOptions {
  readonly runtime: Runtime;
  /** A server's executable, of EventStoreDB from 23.10 on or KurrentDB. */
  readonly binary: string;
  readonly dataDir: string;
  readonly size?: number;
}

const HOST = "127.0.0.1";
const STARTS_WITHIN_MS = 60_000;
const ASKED_EVERY_MS = 200;

interface Place {
  readonly port: number;
  readonly replicationPort: number;
}

/** Real servers on this machine, as the stand-in's tests use them. */
export const startRealCluster = async (options: RealClusterOptions): Promise<Cluster> => {
  const { runtime, size = 3 } = options;
  const places: Place[] = [];
  for (let i = 0; i < size; i++) places.push({ port: await freePort(), replicationPort: await freePort() });
  const children: (ChildProcess | undefined)[] = [];
  const endedByThemselves: number[] = [];

  const start = async (index: number): Promise<void> => {
    const child = spawn(options.binary, argumentsOf(options.dataDir, places, index), { stdio: "ignore" });
    children[index] = child;
    child.once("exit", (code) => {
      if (children[index] === child) children[index] = undefined;
      if (code === 0) endedByThemselves.push(index);
    });
    await once(child, "spawn");
  };
  const signal = (index: number, name: NodeJS.Signals): void => void children[index]?.kill(name);
  const kill = async (index: number): Promise<void> => {
    const child = children[index];
    if (child === undefined) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };

  for (const index of places.keys()) await start(index);
  await untilLed(runtime, places[0] as Place);
  return {
    nodes: places.map(({ port }) => ({ url: `esdb://${HOST}:${port}?tls=false` })),
    url: `esdb://${places.map(({ port }) => `${HOST}:${port}`).join(",")}?tls=false`,
    endedByThemselves,
    kill,
    stop: (index) => signal(index, "SIGTERM"),
    freeze: (index) => signal(index, "SIGSTOP"),
    thaw: (index) => signal(index, "SIGCONT"),
    start,
    close: async () => {
      await Promise.all(places.map((_, index) => kill(index)));
    },
  };
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

const untilLed = async (runtime: Runtime, { port }: Place): Promise<void> => {
  const end = runtime.monotonicMs() + STARTS_WITHIN_MS;
  while (runtime.monotonicMs() < end) {
    const gossip = await fetch(`http://${HOST}:${port}/gossip`).catch(() => undefined);
    const body = gossip?.ok ? ((await gossip.json()) as { members: { state: string }[] }) : undefined;
    if (body?.members.some(({ state }) => state === "Leader")) return;
    await runtime.sleep(ASKED_EVERY_MS);
  }
  throw new Error(`No node led within ${STARTS_WITHIN_MS / 1_000} s.`);
};
