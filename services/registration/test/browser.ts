import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) process.stderr.write("Chromium is missing: the board is not tested in a browser.\n");

export const hasBrowser = executablePath !== undefined;

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: executablePath ?? "", args });

/** What axe finds to fix. */
export const axe = async (page: Page): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map((n) => n.html).join(" ")}`);
};

/** How many pixels the page is wider than its window. */
export const sticksOut = (page: Page): Promise<unknown> =>
  page.evaluate("document.documentElement.scrollWidth - innerWidth");
