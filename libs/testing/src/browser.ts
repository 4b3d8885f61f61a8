import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Result, RunOptions } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.CHROMIUM_PATH ?? candidates.find(existsSync);
if (!executablePath) process.stderr.write("Chromium is missing: no page is tested in a browser.\n");

export const hasBrowser = executablePath !== undefined;

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Rejects if there is no Chromium. */
export const launchBrowser = async (): Promise<Browser> => {
  if (!executablePath) throw new Error("Chromium is missing. On Debian: apt-get install chromium");
  return chromium.launch({ executablePath, args });
};

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2's rule about the size of what is tapped, which axe leaves out unless it is asked for. */
export const targetSize = { "target-size": { enabled: true } } as const;

export interface AxeOptions {
  /** Selects the part of the page that is looked at; by default all of it. */
  readonly include?: string;
  readonly rules?: RunOptions["rules"];
}

/**
 * What axe finds to fix, a line for each rule. It runs in the page itself. `@axe-core/playwright` gathers the results of
 * frames in a second page, which takes seconds; our pages have no frames, and a page with one is refused.
 */
export const axe = async (page: Page, { include, rules = {} }: AxeOptions = {}): Promise<string[]> => {
  if (page.frames().length > 1) throw new Error(`${page.url()} has frames, into which axe does not look here.`);
  const options: RunOptions = { rules, resultTypes: ["violations"] };
  await page.evaluate(axeSource);
  const run = `axe.run(${include === undefined ? "document" : JSON.stringify(include)}, ${JSON.stringify(options)})`;
  const violations: Result[] = await page.evaluate(`${run}.then(({ violations }) => violations)`);
  return violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ html }) => html).join(" ")}`);
};

/** How many pixels the page is wider than its window. */
export const sticksOut = (page: Page): Promise<unknown> =>
  page.evaluate("document.documentElement.scrollWidth - innerWidth");
