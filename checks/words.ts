import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findWords } from "./find-words.ts";
import list from "./words.json" with { type: "json" };

/** `npm run words -- [folder…]`: the words of words.json, wherever people read: code, documents, contracts. */
const root = join(import.meta.dirname, "..");
const kinds = ["ts", "mjs", "js", "md", "yml", "yaml", "proto", "py", "sh"].map((kind) => `*.${kind}`);
const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...kinds], {
  cwd: root,
  encoding: "utf8",
});
const folders = process.argv.slice(2);
const files = listed
  .split("\0")
  .filter((path) => path && !/\/gen\/|^proto\/google\//.test(path) && existsSync(join(root, path)))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

const found = findWords(files, list).filter(
  (line) => folders.length === 0 || folders.some((folder) => line.startsWith(folder)),
);
for (const line of found) process.stdout.write(`${line}\n`);
if (found.length > 0) {
  process.stderr.write(
    `\n${found.length} words that Touchline does not use; docs/glossary.md has those that it does.\n`,
  );
  process.exitCode = 1;
}
