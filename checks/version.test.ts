import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(join(import.meta.dirname, "..", path), "utf8");

test.each([
  ["the newest section of the changelog", "CHANGELOG.md", /^## (\d\S+)/m],
  ["the image", "deploy/Dockerfile", /^ARG VERSION=(\S+)/m],
  ["the compose file", "docker-compose.yml", /TOUCHLINE_VERSION:-([^}]+)\}/],
  ["the lock file", "package-lock.json", /"version": "([^"]+)"/],
])("%s has the version of package.json", (_what, path, pattern) => {
  expect(pattern.exec(read(path))?.[1]).toBe(JSON.parse(read("package.json")).version);
});
