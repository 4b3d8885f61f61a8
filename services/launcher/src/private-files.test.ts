import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makePrivate } from "./private-files.ts";

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

const oldFolder = () => {
  const root = mkdtempSync(join(tmpdir(), "touchline-private-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "data");
  mkdirSync(join(folder, "eventstore"), { recursive: true, mode: 0o755 });
  for (const name of ["eventstore/events.db", "eventstore/run.sh"]) writeFileSync(join(folder, name), "");
  chmodSync(join(folder, "eventstore/events.db"), 0o644);
  chmodSync(join(folder, "eventstore/run.sh"), 0o755);
  return { root, folder };
};

test("a folder of an earlier version is closed to other users, with everything in it", () => {
  const { folder } = oldFolder();
  makePrivate(folder);
  expect(mode(folder)).toBe("700");
  expect(mode(join(folder, "eventstore"))).toBe("700");
  expect(mode(join(folder, "eventstore/events.db"))).toBe("600");
  expect(mode(join(folder, "eventstore/run.sh"))).toBe("700");
});

test("the target of a link in it is left alone, and so is a folder that users share", () => {
  const { root, folder } = oldFolder();
  const elsewhere = join(root, "elsewhere");
  writeFileSync(elsewhere, "");
  chmodSync(elsewhere, 0o644);
  symlinkSync(elsewhere, join(folder, "link"));
  makePrivate(folder);
  expect(mode(elsewhere)).toBe("644");
  chmodSync(root, 0o1777);
  makePrivate(root);
  expect(statSync(root).mode & 0o7777).toBe(0o1777);
});

test("a folder that does not exist yet is accepted", () => {
  makePrivate(join(tmpdir(), "touchline-no-such-folder"));
});
