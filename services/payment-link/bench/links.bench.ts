import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import autocannon from "autocannon";

/**
 * Taps per second on payment links, compared with a bare fastify redirect on the same machine. Because machines are noisy, the
 * two take turns: each percentage is the median of several rounds in which both ran. The provider answers at once from its own
 * process, so its time hardly counts. Exits with 1 if a reused or paid link misses its bounds. Usage: node bench/links.bench.ts
 * [--links 1000000] [--rounds 7]
 */
const argument = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const LINKS = argument("links", 1_000_000);
const ROUNDS = argument("rounds", 7);
const SECONDS = 1;
const WARM_UP_SECONDS = 3;
const CONNECTIONS = 100;
/** Bounds for reused flows and paid links, relative to the bare redirect. */
const BOUNDS = { perCent: 40, p99Ms: 15 };

interface Part {
  readonly child: ChildProcess;
  readonly url: string;
  readonly figures: Record<string, number>;
}

/** Starts a part in its own process. */
const start = (role: string, ...args: string[]): Promise<Part> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "parts.ts"), [role, ...args], {
      env: { ...process.env, LOG_LEVEL: "silent" },
      // As the launcher starts it.
      execArgv: [...process.execArgv, "--max-semi-space-size=4"],
    });
    child.once("message", (message) => {
      const { url, ...figures } = message as { url: string };
      resolve({ child, url, figures });
    });
    child.once("exit", (code) => reject(new Error(`${role} ended with ${code}`)));
  });

const ask = (part: Part, question: string): Promise<Record<string, number>> =>
  new Promise((resolve) => {
    part.child.once("message", (message) => resolve(message as Record<string, number>));
    part.child.send(question);
  });

interface Load {
  readonly on: Part;
  readonly paths: readonly string[];
  readonly expected: number;
}

interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly unexpected: number;
}

const load = async ({ on, paths, expected }: Load, duration: number): Promise<Figures> => {
  const requests = paths.map((path) => ({ path, headers: { "user-agent": "Mozilla/5.0 (iPhone)" } }));
  const result = await autocannon({ url: on.url, connections: CONNECTIONS, duration, requests });
  const right = result.statusCodeStats?.[String(expected)]?.count ?? 0;
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    unexpected: result.requests.total - right + result.errors + result.timeouts,
  };
};

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const say = (text: string) => process.stdout.write(`${text}\n`);
const row = (name: string, of: readonly Figures[], perCent: number) => {
  const at = (figure: keyof Figures) => String(Math.round(middle(of.map((f) => f[figure]))));
  const unexpected = of.reduce((sum, f) => sum + f.unexpected, 0);
  const columns = [
    name.padEnd(34),
    `${at("perSecond").padStart(8)}/s`,
    `${String(Math.round(perCent)).padStart(4)} %`,
    `p50 ${at("p50").padStart(4)} ms`,
    `p99 ${at("p99").padStart(4)} ms`,
  ];
  say(`${columns.join("  ")}${unexpected ? `  (${unexpected} unexpected answers)` : ""}`);
};

/** Takes turns with the bare redirect and prints the result. */
const against =
  (bare: Load) =>
  async (name: string, on: Part, paths: readonly string[], expected: number): Promise<Measured> => {
    const subject = { on, paths, expected };
    await load(subject, WARM_UP_SECONDS);
    const figures: Figures[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { perSecond } = await load(bare, SECONDS);
      const mine = await load(subject, SECONDS);
      figures.push(mine);
      ratios.push((100 * mine.perSecond) / perSecond);
    }
    row(name, figures, middle(ratios));
    return { name, perCent: middle(ratios), p99Ms: middle(figures.map(({ p99 }) => p99)) };
  };

interface Measured {
  readonly name: string;
  readonly perCent: number;
  readonly p99Ms: number;
}

const requireBounds = ({ name, perCent, p99Ms }: Measured) => {
  if (perCent >= BOUNDS.perCent && p99Ms < BOUNDS.p99Ms) return;
  say(`${name} misses its bounds of ${BOUNDS.perCent} % and ${BOUNDS.p99Ms} ms`);
  process.exitCode = 1;
};

const link = (n: number): string => `/reg_setup/BRQ${String(n).padStart(9, "0")}`;
// Every second link is paid.
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
    `… ${((performance.now() - began) / 1_000).toFixed(1)} s, ${filler.figures.foldedPerSecond} events folded a second\n`,
  );
  const provider = await start("provider");
  const [bare, service, whole] = await Promise.all([
    start("bare"),
    start("service", "", dataDir, String(LINKS)),
    start("service", provider.url, dataDir, String(LINKS)),
  ]);
  parts.push(filler, provider, bare, service, whole);

  const redirect = { on: bare, paths: [link(1)], expected: 303 };
  await load(redirect, WARM_UP_SECONDS);
  row("bare fastify redirect", [await load(redirect, SECONDS)], 100);
  const measure = against(redirect);
  say("\nwithout the provider");
  requireBounds(await measure("reused flow, one link", service, [unpaid(1)], 303));
  requireBounds(await measure("reused flow, 5,000 links in turn", service, several(5_000, unpaid), 303));
  requireBounds(await measure("paid, one link", service, [paid(1)], 200));
  requireBounds(await measure("paid, 5,000 links in turn", service, several(5_000, paid), 200));
  const { lookupMicros = 0, rssMiB = 0 } = await ask(service, "memory");
  await ask(service, "no reuse");
  await measure("new flow, 5,000 links in turn", service, several(5_000, unpaid), 303);
  await measure("unknown (60 ms on purpose)", service, several(1_000, unknown), 404);
  say("\nthrough the SDK, with a provider on this machine");
  await measure("reused flow, one link", whole, [unpaid(1)], 303);
  await measure("reused flow, 500 links in turn", whole, several(500, unpaid), 303);
  await ask(whole, "no reuse");
  await measure("new flow, 500 links in turn", whole, several(500, unpaid), 303);
  await ask(provider, "hang");
  // After a few taps have waited in vain, nobody waits any more.
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
