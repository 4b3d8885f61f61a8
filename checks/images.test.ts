import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const kinds = ["docker-compose.yml", "deploy/*.yml", "deploy/**/*.yaml", "deploy/*.sh", "deploy/Dockerfile"];
const files = execFileSync("git", ["ls-files", "-z", "--", ...kinds], { cwd: root, encoding: "utf8" });

/** Every image that is not built here, with its tag: `image: …`, a default of a variable `…_IMAGE`, or a kustomization's `newTag`. */
const imagesIn = (text: string): string[] => [
  ...[...text.matchAll(/^\s*(?:- )?image: ([^\s$]\S*:\S+)$/gm)].map(([, image = ""]) => image),
  ...[...text.matchAll(/_IMAGE(?::-|=)([\w./-]+:[\w.-]+)/g)].map(([, image = ""]) => image),
  ...[...text.matchAll(/newName: (\S+), newTag: ([^\s}]+)/g)].map(([, name, tag]) => `${name}:${tag}`),
];

test("images of others are pinned to an exact version", () => {
  const images = files
    .split("\0")
    .filter(Boolean)
    .flatMap((path) => imagesIn(readFileSync(join(root, path), "utf8")).map((image) => `${path}: ${image}`))
    .filter((image) => !image.includes("touchline/"));
  expect(images.length).toBeGreaterThan(10);
  expect(images.filter((image) => !/:v?\d+\.\d+(\.\d+)?(-[a-z]+)*$/.test(image))).toEqual([]);
});
