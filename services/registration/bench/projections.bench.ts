import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEventStore } from "@touchline/embedded";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type Projection, progressLine, rebuild } from "@touchline/projections";
import { ledgerProjection } from "../src/read-model/ledger.ts";
import { registrationsProjection } from "../src/read-model/projection.ts";
import { family } from "./family.ts";

const { values } = parseArgs({ options: { events: { type: "string", default: "1000000" } } });
const wanted = Number(values.events);
/** A rebuild may cost at most this much on top of reading. */
const SHARE_MIN = 0.6;
/** Memory that grows with the events would show as more than this between the first tenth and the end. */
const GROWTH_MAX_MIB = 64;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
const rss = () => process.memoryUsage.rss() / 1024 ** 2;
const rate = (events: number, seconds: number) => `${Math.round(events / seconds).toLocaleString("en-GB")} events/s`;

const fill = async (store: EventStore): Promise<void> => {
  let appended = 0;
  for (let registration = 0; appended < wanted; registration += 100) {
    const families = Array.from({ length: 100 }, (_, i) => family(registration + i));
    const counts = await Promise.all(families.flatMap((streams) => streams.map((s) => append(store, s))));
    appended += counts.reduce((a, b) => a + b, 0);
    if (registration % 1_000 === 0) process.stderr.write(`\r  filling: ${appended.toLocaleString("en-GB")} events`);
  }
  process.stderr.write("\n");
};

const append = async (store: EventStore, { stream, events }: ReturnType<typeof family>[number]): Promise<number> => {
  const metadata = { service: "bench" };
  const stored = events.map(([type, data]) => ({ id: randomUUID(), type, data, metadata }));
  await store.append(stream, stored, "no_stream");
  return stored.length;
};

interface Measured {
  readonly events: number;
  readonly seconds: number;
  /** This process's, whatever else the machine does. */
  readonly cpuMicros: number;
}

const measure = async (what: string, work: () => Promise<number>): Promise<Measured> => {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const events = await work();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMicros = user + system;
  say(
    `${what.padEnd(13)} ${events.toLocaleString("en-GB")} events in ${seconds.toFixed(1)} s: ${rate(events, seconds)}, ` +
      `${(cpuMicros / events).toFixed(1)} µs of CPU each`,
  );
  return { events, seconds, cpuMicros };
};

/** The cost for any reader: only the client's decoding. */
const readBare = async (prefixes: readonly string[]): Promise<number> => {
  let events = 0;
  for await (const _ of store.readAll({ prefixes })) events++;
  return events;
};

const rebuildOnce = async (projection: Projection, memory: number[]): Promise<number> => {
  let printed = 0;
  const { events } = await rebuild({
    store,
    projection,
    path: join(folder, `${projection.name}.sqlite`),
    onProgress: (progress) => {
      memory.push(rss());
      if (Date.now() - printed < 500 && progress.fraction < 1) return;
      printed = Date.now();
      process.stderr.write(`\r${progressLine(progress)}`);
    },
  });
  process.stderr.write("\n");
  return events;
};

/** How much more memory the second half of the rebuild needs; the first tenth fills caches and heap. */
const growthOf = (samples: readonly number[]): number => {
  const settled = samples.slice(Math.floor(samples.length / 10));
  const half = Math.floor(settled.length / 2);
  return half > 0 ? Math.max(...settled.slice(half)) - Math.max(...settled.slice(0, half)) : 0;
};

/** Whether a view is rebuilt fast enough, and in bounded memory. */
const passes = async (projection: Projection): Promise<boolean> => {
  const memory: number[] = [];
  // Measured before and after, over both times: other work on the machine affects both alike.
  const read = () => readBare(projection.prefixes);
  const before = await measure("read", read);
  const rebuilt = await measure(projection.name, () => rebuildOnce(projection, memory));
  const after = await measure("read", read);
  const share = (before.seconds + after.seconds) / 2 / rebuilt.seconds;
  const cpuShare = (before.cpuMicros + after.cpuMicros) / 2 / rebuilt.cpuMicros;
  const growth = growthOf(memory);
  say(
    `share    ${percent(share)} of the bare read rate (wanted: ${percent(SHARE_MIN)} or more), ${percent(cpuShare)} by CPU time`,
  );
  say(
    `memory   peak ${Math.max(...memory).toFixed(0)} MiB; second half ${growth.toFixed(0)} MiB above the first (allowed: ${GROWTH_MAX_MIB})`,
  );
  return rebuilt.events === before.events && share >= SHARE_MIN && growth <= GROWTH_MAX_MIB;
};

const folder = mkdtempSync(join(tmpdir(), "touchline-bench-"));
const server = await startEventStore({ dataDir: join(folder, "eventstore") });
const store = connectEventStore({ url: server.url, timeoutMs: 60_000 });
try {
  await fill(store);
  // The view that does the most work, and the one of money.
  const passed: boolean[] = [];
  for (const projection of [registrationsProjection, ledgerProjection]) passed.push(await passes(projection));
  say(passed.every(Boolean) ? "passed" : "FAILED");
  process.exitCode = passed.every(Boolean) ? 0 : 1;
} finally {
  await store.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
