import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly description?: string; readonly runbook?: string };
}

const here = import.meta.dirname;
const root = join(here, "../..");
const read = (path: string) => parse(readFileSync(join(here, path), "utf8"));
const files = (folder: string) => readdirSync(join(here, folder)).map((file) => `${folder}/${file}`);

const ruleFiles = ["rules", "rules-production", "rules-kubernetes"].flatMap(files);
const alerts = ruleFiles
  .flatMap((file) => (read(file).groups as { rules: Rule[] }[]).flatMap(({ rules }) => rules))
  .filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);

test.each(alerts.map((rule) => [rule.alert, rule] as const))("%s says how bad it is and what to do", (_name, rule) => {
  expect(rule.labels?.severity).toMatch(/^(page|ticket)$/);
  expect(rule.annotations?.summary).toBeTruthy();
  expect(rule.annotations?.description).toBeTruthy();
  expect(rule.annotations?.runbook).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
  expect(existsSync(join(root, rule.annotations?.runbook ?? ""))).toBe(true);
});

test("each alert has a test in which it fires and one in which it is quiet", () => {
  const named = files("tests").flatMap((file) => (read(file).tests as { name: string }[]).map(({ name }) => name));
  expect(named.toSorted()).toEqual(alerts.flatMap(({ alert }) => [`${alert} fires`, `${alert} is quiet`]).toSorted());
});

test("rules and panels find whole bounds of histograms, which Prometheus 3 stores as 10.0", () => {
  const grafana = readdirSync(join(root, "deploy/grafana"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|json)$/.test(file))
    .map((file) => join(root, "deploy/grafana", file));
  for (const file of [...ruleFiles.map((name) => join(here, name)), ...grafana])
    expect(readFileSync(file, "utf8"), file).not.toMatch(/le=\\?"\d+\\?"/);
});

// Debian's promtool is built without Kubernetes.
test("the configuration for clusters names rules that exist, and finds all services", () => {
  const { rule_files: rules, scrape_configs: scraping } = read("kubernetes.yml");
  for (const pattern of rules as string[]) {
    const [folder = "", file = ""] = pattern.replace("/etc/prometheus/", "").split("/");
    expect(files(folder)).toContainEqual(expect.stringMatching(file.replace("*", ".*")));
  }
  const [{ relabel_configs: relabelings }] = scraping as [{ relabel_configs: { target_label?: string }[] }];
  expect(relabelings.map(({ target_label: label }) => label)).toEqual([undefined, "__address__", "job", "instance"]);
  for (const service of ["registration", "notification", "payment-link", "relay"]) {
    const manifest = readFileSync(join(root, `deploy/kubernetes/base/${service}.yaml`), "utf8");
    expect(manifest).toMatch(new RegExp(`name: ${service}, .*\\n.*prometheus.io/scrape: "true"`));
  }
});

const promtool = (...args: string[]) => spawnSync("promtool", args, { cwd: here, encoding: "utf8" });

describe.skipIf(promtool("--version").error)("promtool", () => {
  test.each(ruleFiles)("accepts %s", (file) => {
    const { status, stderr } = promtool("check", "rules", file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(["prometheus.yml", "production.yml"])("accepts %s", (file) => {
    const { status, stderr } = promtool("check", "config", "--syntax-only", file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(files("tests"))("%s", { timeout: 300_000 }, (file) => {
    const { status, stdout, stderr } = promtool("test", "rules", file);
    expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, output: "" });
  });
});
