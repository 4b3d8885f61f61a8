import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { boards } from "../grafana/boards.ts";
import { metricsOf, metricsPage } from "../metrics-doc.ts";
import { noPrometheus, type RunningPrometheus, ruleFiles, startPrometheus, until } from "./prometheus.ts";
import { expositions, type Running, startTouchline } from "./running.ts";

const deploy = join(import.meta.dirname, "..");

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
const rules = ruleFiles().flatMap((file) =>
  (parse(readFileSync(file, "utf8")) as { groups: { rules: { record?: string; expr: string }[] }[] }).groups.flatMap(
    (group) => group.rules,
  ),
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
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    prometheus = await startPrometheus(touchline.targets);
    await touchline.play();
  }, 120_000);

  afterAll(() => prometheus?.stop());

  /** Panels about what only goes wrong have nothing to show without a fault; a text's price comes long after it. */
  const quiet = new Set(["Texts: Refusals by code", "Texts: Held back", "Texts: Cost"]);

  test.each(panels)("$name has data", async ({ name, queries }) => {
    for (const [expr] of queries) {
      const query = expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "5m");
      const found = await prometheus.ask(query);
      // Consequences come seconds later, and recorded shares twice a minute.
      if (found.length === 0 && !quiet.has(name)) await until(async () => (await prometheus.ask(query)).length > 0);
    }
  });

  test("after a good story every alert is quiet", async () => {
    expect(await prometheus.firing()).toEqual([]);
  });

  test.each(["registration", "notification", "payment-link", "relay"])("promtool has no word against %s", (service) => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: exposed[service],
      encoding: "utf8",
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});
