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

const ruleFiles = [...files("rules"), ...files("rules-production")];
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
