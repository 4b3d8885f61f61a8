import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import autocannon from "autocannon";

/**
 * Taps a second on payment links, beside a bare fastify redirect measured in the same run on the same machine. The
 * provider answers at once from a process of its own, so its time is hardly in the figures.
 * Usage: node bench/links.bench.ts [--links 1000000] [--seconds 5]
 */
const argument = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const LINKS = argument("links", 1_000_000);
const SECONDS = argument("seconds", 5);
const CONNECTIONS = 100;

interface Part {
  readonly child: ChildProcess;
  readonly url: string;
  readonly told: Record<string, number>;
}

/** Starts a part in a process of its own. */
const start = (role: string, ...args: string[]): Promise<Part> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "parts.ts"), [role, ...args], {
      env: { ...process.env, LOG_LEVEL: "silent" },
    });
    child.once("message", (message) => {
      const { url, ...told } = message as { url: string };
      resolve({ child, url, told });
    });
    child.once("exit", (code) => reject(new Error(`${role} ended with ${code}`)));
  });

const ask = (part: Part, question: string): Promise<Record<string, number>> =>
  new Promise((resolve) => {
    part.child.once("message", (message) => resolve(message as Record<string, number>));
    part.child.send(question);
  });

interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly unexpected: number;
}

const load = async (url: string, paths: readonly string[], expected: number): Promise<Figures> => {
  const requests = paths.map((path) => ({ path, headers: { "user-agent": "Mozilla/5.0 (iPhone)" } }));
  const run = (duration: number) => autocannon({ url, connections: CONNECTIONS, duration, requests });
  await run(1);
  const result = await run(SECONDS);
  const right = result.statusCodeStats?.[String(expected)]?.count ?? 0;
  return {
    perSecond: Math.round(result.requests.average),
    p50: result.latency.p50,
    p99: result.latency.p99,
    unexpected: result.requests.total - right + result.errors + result.timeouts,
  };
};

const say = (text: string) => process.stdout.write(`${text}\n`);
const row = (name: string, f: Figures, bare: number) =>
  say(
    `${name.padEnd(34)} ${String(f.perSecond).padStart(8)}/s  ${String(Math.round((100 * f.perSecond) / bare)).padStart(4)} %  p50 ${String(f.p50).padStart(4)} ms  p99 ${String(f.p99).padStart(4)} ms${f.unexpected ? `  (${f.unexpected} unexpected answers)` : ""}`,
  );

const link = (n: number): string => `/reg_setup/BRQ${String(n).padStart(9, "0")}`;
// Every second link of the filling is paid.
const paid = (n: number): string => link(2 * n);
const unpaid = (n: number): string => link(2 * n + 1);
const unknown = (n: number): string => link(500_000_000 + n);
const several = (count: number, make: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

const dataDir = mkdtempSync(join(tmpdir(), "touchline-bench-links-"));
const parts: Part[] = [];
try {
  say(`Filling the projection with ${LINKS.toLocaleString("en-GB")} links …`);
  const began = performance.now();
  const filler = await start("fill", "", dataDir, String(LINKS));
  say(
    `… ${((performance.now() - began) / 1_000).toFixed(1)} s, ${filler.told.foldedPerSecond} events folded a second\n`,
  );
  const provider = await start("provider");
  const [bare, service, whole] = await Promise.all([
    start("bare"),
    start("service", "", dataDir, String(LINKS)),
    start("service", provider.url, dataDir, String(LINKS)),
  ]);
  parts.push(filler, provider, bare, service, whole);

  const redirect = await load(bare.url, [link(1)], 303);
  const base = redirect.perSecond;
  const measure = async (name: string, on: Part, paths: readonly string[], expected: number) =>
    row(name, await load(on.url, paths, expected), base);
  row("bare fastify redirect", redirect, base);
  say("\nwithout the provider's time");
  await measure("reused flow, one link", service, [unpaid(1)], 303);
  await measure("reused flow, 5,000 links in turn", service, several(5_000, unpaid), 303);
  await measure("paid, one link", service, [paid(1)], 200);
  await measure("paid, 5,000 links in turn", service, several(5_000, paid), 200);
  const { lookupMicros = 0, rssMiB = 0 } = await ask(service, "memory");
  await ask(service, "no reuse");
  await measure("new flow, 5,000 links in turn", service, several(5_000, unpaid), 303);
  await measure("unknown (60 ms by intention)", service, several(1_000, unknown), 404);
  say("\nthrough the SDK, with a provider on this machine");
  await measure("reused flow, one link", whole, [unpaid(1)], 303);
  await measure("reused flow, 500 links in turn", whole, several(500, unpaid), 303);
  await ask(whole, "no reuse");
  await measure("new flow, 500 links in turn", whole, several(500, unpaid), 303);
  await ask(provider, "hang");
  // Until a few taps have waited in vain: from then on nobody waits.
  for (let took = Number.POSITIVE_INFINITY; took > 1_000; ) {
    const asked = performance.now();
    await fetch(`${whole.url}${unpaid(2)}`, { redirect: "manual" });
    took = performance.now() - asked;
  }
  await measure("provider down: try-again page", whole, [unpaid(2)], 503);
  say(
    `\nlook-up and decoding of a link     ${lookupMicros.toFixed(1)} µs, with ${LINKS.toLocaleString("en-GB")} links`,
  );
  say(`memory of the service              ${rssMiB.toFixed(0)} MiB`);
} finally {
  for (const { child } of parts) child.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
}
