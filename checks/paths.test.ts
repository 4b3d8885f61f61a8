import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: root, encoding: "utf8" });

/** What a page names: targets of its links, and paths from the top in backticks. A pattern such as `<name>` is not a path. */
const namedIn = (page: string): string[] => {
  const text = readFileSync(join(root, page), "utf8");
  const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  const beside = links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => join(dirname(page), target));
  const paths = [...text.matchAll(/`((?:services|libs|deploy|docs|checks|proto)\/[\w./-]+)`/g)];
  // Secrets are made on the club's own machine.
  return [...beside, ...paths.map(([, path = ""]) => path)].filter((path) => !path.startsWith("deploy/secrets"));
};

test("every file that a page names exists", () => {
  const missing = pages
    .trim()
    .split("\n")
    .flatMap((page) => namedIn(page).flatMap((path) => (existsSync(join(root, path)) ? [] : [`${page}: ${path}`])));
  expect(missing).toEqual([]);
});
