import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allowed, type Planted, packageCycle, plantedImports, plantedUses } from "./planted.ts";

const here = join(import.meta.dirname, "..");
const bin = join(here, "node_modules", ".bin");
const root = mkdtempSync(join(tmpdir(), "touchline-walls-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const write = ({ path, source }: Omit<Planted, "wall">) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), source);
};

/** Makes a package of each planted folder, where an import by name finds it, beside the packages that are installed here. */
const writePackages = () => {
  mkdirSync(join(root, "node_modules", "@touchline"), { recursive: true });
  for (const name of ["uuid", "nats", "twilio", "gocardless-nodejs", "nodemailer", "@eventstore"]) {
    symlinkSync(join(here, "node_modules", name), join(root, "node_modules", name));
  }
  for (const kind of ["libs", "services"]) {
    for (const name of readdirSync(join(root, kind))) {
      const exports = { ".": "./src/index.ts", "./leaf": "./src/leaf.ts" };
      const source = JSON.stringify({ name: `@touchline/${name}`, type: "module", exports });
      write({ path: `${kind}/${name}/package.json`, source });
      symlinkSync(join(root, kind, name), join(root, "node_modules", "@touchline", name));
    }
  }
};

/** `wall path` of each violation that a tool reports. */
let violations: string[];

const run = (tool: string, args: string[]): unknown => {
  const { stdout, stderr } = spawnSync(join(bin, tool), args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  const json = stdout.slice(0, stdout.lastIndexOf("}") + 1);
  if (!json) throw new Error(`${tool} reported nothing: ${stderr}`);
  return JSON.parse(json);
};

beforeAll(() => {
  for (const file of [...plantedUses, ...plantedImports, ...allowed, ...packageCycle]) write(file);
  writePackages();
  write({ path: ".gitignore", source: "node_modules\n" });
  cpSync(join(here, "biome.json"), join(root, "biome.json"));
  cpSync(join(here, "checks"), join(root, "checks"), { recursive: true });
  const linted = run("biome", ["lint", "--reporter=json", "--max-diagnostics=none", "libs", "services"]) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  const cruised = run("depcruise", ["--config", "checks/imports.mjs", "--output-type", "json", "libs", "services"]) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  violations = [
    ...linted.diagnostics.map(({ category, location }) => `${category} ${location.path}`),
    ...cruised.summary.violations.map(({ from, rule }) => `${rule.name} ${from}`),
  ];
}, 60_000);

test.each([...plantedUses, ...plantedImports])("$wall refuses $path", ({ wall, path }) => {
  expect(violations).toContain(`${wall} ${path}`);
});

test("two packages that import each other are refused, though no file is in the circle", () => {
  expect(violations).toContain("no-package-cycles libs/left/src");
  expect(violations.filter((violation) => /^no-cycles libs\/(left|right)/.test(violation))).toEqual([]);
  expect(violations.filter((violation) => /^no-package-cycles .*(event-store|testing)/.test(violation))).toEqual([]);
});

test.each(allowed.filter(({ path }) => !/\/(two|shape)\.ts$/.test(path)))("no wall refuses $path", ({ path }) => {
  expect(violations.filter((violation) => violation.endsWith(` ${path}`))).toEqual([]);
});
