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
  const right = result.statusCodeStats?.[String(expected) as keyof typeof result.statusCodeStats]?.count ?? 0;
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
const some = (count: number, from: number): string[] => Array.from({ length: count }, (_, i) => link(from + i));

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
  const [bare, service] = await Promise.all([start("bare"), start("service", provider.url, dataDir, String(LINKS))]);
  parts.push(filler, provider, bare, service);

  const redirect = await load(bare.url, ["/reg_setup/BRQ000000001"], 303);
  const base = redirect.perSecond;
  row("bare fastify redirect", redirect, base);
  // Odd links are unpaid, even ones paid.
  row("reused flow, one link", await load(service.url, [link(1)], 303), base);
  row(
    "reused flow, 500 links in turn",
    await load(
      service.url,
      some(1_000, 0).filter((_, i) => i % 2),
      303,
    ),
    base,
  );
  row("paid, one link", await load(service.url, [link(2)], 200), base);
  row(
    "paid, 5,000 links in turn",
    await load(
      service.url,
      some(10_000, 0).filter((_, i) => i % 2 === 0),
      200,
    ),
    base,
  );
  const { lookupMicros = 0, rssMiB = 0 } = await ask(service, "memory");
  await ask(service, "no reuse");
  row(
    "new flow",
    await load(
      service.url,
      some(2_000, 0).filter((_, i) => i % 2),
      303,
    ),
    base,
  );
  row("unknown (60 ms by intention)", await load(service.url, some(1_000, 500_000_000), 404), base);
  const flooded = await ask(service, "memory");
  say(
    `\nlook-up and decoding of a link     ${lookupMicros.toFixed(1)} µs, with ${LINKS.toLocaleString("en-GB")} links`,
  );
  say(
    `memory of the service              ${rssMiB.toFixed(0)} MiB, after the flood of new flows ${flooded.rssMiB?.toFixed(0)} MiB\n`,
  );
  await ask(provider, "hang");
  // Until a few taps have waited in vain: from then on nobody waits.
  for (let took = Number.POSITIVE_INFINITY; took > 1_000; ) {
    const asked = performance.now();
    await fetch(`${service.url}${link(3)}`, { redirect: "manual" });
    took = performance.now() - asked;
  }
  row("GoCardless down: try-again page", await load(service.url, [link(3)], 503), base);
} finally {
  for (const { child } of parts) child.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
}
