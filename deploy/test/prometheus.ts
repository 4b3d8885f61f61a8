import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@touchline/embedded";
import { eventually, temporaryFolder } from "@touchline/testing";

export const noPrometheus = spawnSync("prometheus", ["--version"]).error !== undefined;

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface RunningPrometheus {
  ask(query: string): Promise<Sample[]>;
  /** Names of the alerts that fire now. */
  firing(): Promise<string[]>;
  /** Names of the alerts that have fired since a moment of `performance.now()`. */
  firedSince(since: number): Promise<string[]>;
  stop(): Promise<void>;
}

const rulesFolder = join(import.meta.dirname, "../prometheus/rules");

export const ruleFiles = (): string[] => readdirSync(rulesFolder).map((file) => join(rulesFolder, file));

/** Minutes become as many seconds, but at least ten; hours and days, which always come with minutes, become ten. */
const seconds = (count: string, unit: string): string => `${unit === "m" ? Math.max(10, Number(count)) : 10}s`;

/**
 * The same rules with times in seconds: expressions and thresholds stay, unless a threshold is a waiting time.
 * An alert still has to hold for some evaluations, so that neither a late scrape nor work under way raises one.
 */
const shortened = (text: string): string =>
  text
    .replaceAll(/\[(\d+)([mhd])\]/g, (_, count, unit) => `[${seconds(count, unit)}]`)
    .replaceAll(/offset (\d+)([mhd])/g, (_, count, unit) => `offset ${seconds(count, unit)}`)
    .replaceAll(/(_seconds|time\(\) - \w+) > \d{2,}/g, "$1 > 5")
    .replaceAll(/^( +)for: (\d+)[ms]$/gm, (_, indent, count) => `${indent}for: ${Math.min(5, Math.max(2, count))}s`)
    .replaceAll(/^( +)interval: .*$/gm, "$1interval: 1s");

/** A real Prometheus that scrapes every second. */
export const startPrometheus = async (
  targets: Readonly<Record<string, string>>,
  { shortWindows = false }: { readonly shortWindows?: boolean } = {},
): Promise<RunningPrometheus> => {
  const { path: folder, remove } = temporaryFolder("prometheus");
  const rules = ruleFiles().map((file, i) => {
    if (!shortWindows) return file;
    const copy = join(folder, `rules-${i}.yml`);
    writeFileSync(copy, shortened(readFileSync(file, "utf8")));
    return copy;
  });
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: rules,
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    })),
  };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const ask = async (query: string): Promise<Sample[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { result: Sample[] };
    };
    if (status !== "success") throw new Error(`${query}: ${error}`);
    return data.result;
  };
  const alerts = async (query: string) =>
    (await ask(`count by (alertname) (${query})`)).map(({ metric }) => metric.alertname ?? "").toSorted();
  await until(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true);
  await until(async () => (await ask("count(up == 1)"))[0]?.value[1] === String(Object.keys(targets).length));
  return {
    ask,
    firing: () => alerts('ALERTS{alertstate="firing"}'),
    firedSince: (since) =>
      alerts(`count_over_time(ALERTS{alertstate="firing"}[${Math.ceil(performance.now() - since)}ms])`),
    stop: async () => {
      if (server.exitCode === null) {
        const exited = new Promise((resolve) => server.once("exit", resolve));
        server.kill("SIGTERM");
        await exited;
      }
      remove();
    },
  };
};

/** Waits for as long as the test's own time-out allows. Prometheus scrapes once a second: no need to ask often. */
export const until = (check: () => Promise<boolean>): Promise<boolean> => eventually(check, 200);
