import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { boards } from "../grafana/boards.ts";
import { metricsOf, metricsPage } from "../metrics-doc.ts";
import { expositions, type Running, startTouchline } from "./running.ts";

const deploy = join(import.meta.dirname, "..");
const noPrometheus = spawnSync("prometheus", ["--version"]).error !== undefined;

let touchline: Running;
let exposed: Record<string, string>;

beforeAll(async () => {
  touchline = await startTouchline();
  exposed = await expositions(touchline);
}, 120_000);

afterAll(() => touchline?.stop());

const panels = Object.values(boards).flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ name: `${title}: ${panel.title}`, queries: panel.queries }))),
);
const rules = readdirSync(join(deploy, "prometheus/rules")).flatMap((file) =>
  (
    parse(readFileSync(join(deploy, "prometheus/rules", file), "utf8")).groups as {
      rules: { alert?: string; record?: string; expr: string }[];
    }[]
  ).flatMap((group) => group.rules),
);

/** Names of metrics in a query: what is left when labels, durations, strings, functions and words are gone. */
const metricsIn = (query: string): string[] => {
  const bare = query
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}/g, " ")
    .replaceAll(/\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|on)\s*\([^)]*\)/g, " ");
  const words = new Set(["and", "or", "unless", "offset", "by", "on"]);
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !words.has(name) && !/^\d|^[smhdwy]$/.test(name));
};

test("docs/metrics.md is current: node deploy/write-metrics-doc.ts", () => {
  expect(readFileSync(join(deploy, "../docs/metrics.md"), "utf8")).toBe(metricsPage(metricsOf(exposed)));
});

test("no query names a metric that does not exist", () => {
  const known = new Set<string>(["up"]);
  for (const { name, type } of metricsOf(exposed)) {
    known.add(name);
    if (type === "histogram") for (const part of ["bucket", "sum", "count"]) known.add(`${name}_${part}`);
  }
  for (const { record } of rules) if (record) known.add(record);
  const asked = [...panels.flatMap(({ queries }) => queries.map(([expr]) => expr)), ...rules.map(({ expr }) => expr)];
  expect(asked.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([]);
});

describe.skipIf(noPrometheus)("a real Prometheus", () => {
  let folder: string;
  let prometheus: ChildProcess;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "touchline-prometheus-"));
    const jobs = Object.entries(touchline.targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target] }],
    }));
    const config = {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [join(deploy, "prometheus/rules/*.yml")],
      scrape_configs: jobs,
    };
    // JSON is YAML.
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
    await until(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true);
    await until(async () => (await ask("count(up == 1)"))[0]?.value[1] === "4");
    await touchline.play();
  }, 120_000);

  afterAll(async () => {
    if (prometheus && prometheus.exitCode === null) {
      const exited = new Promise((resolve) => prometheus.once("exit", resolve));
      prometheus.kill("SIGTERM");
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (status !== "success") throw new Error(`${query}: ${error}`);
    return data.result;
  };

  /** Panels about what only goes wrong have nothing to show without a fault; a text's price comes long after it. */
  const quiet = new Set(["Texts: Refusals by code", "Texts: Held back", "Texts: Cost"]);

  test.each(panels)("$name has data", async ({ name, queries }) => {
    for (const [expr] of queries) {
      const query = expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "5m");
      const found = await ask(query);
      // Consequences come seconds later, and recorded shares twice a minute.
      if (found.length === 0 && !quiet.has(name)) await until(async () => (await ask(query)).length > 0);
    }
  });

  test("after a good story every alert is quiet", async () => {
    expect((await ask('ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname)).toEqual([]);
  });

  test.each(["registration", "notification", "payment-link", "relay"])("promtool has no word against %s", (service) => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: exposed[service],
      encoding: "utf8",
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});

const until = async (check: () => Promise<boolean>): Promise<void> => {
  while (!(await check())) await sleep(200);
};

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
