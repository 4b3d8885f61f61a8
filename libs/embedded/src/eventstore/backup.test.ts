import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { smallDisk, temporaryFolder } from "@touchline/testing";
import { afterEach, expect, test, vi } from "vitest";
import { backup, restore } from "./backup.ts";
import { openStore } from "./open.ts";
import { UnusableStore } from "./store/database.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const folder = () => {
  const { path, remove } = temporaryFolder("backup");
  cleanUps.push(remove);
  return path;
};

const open = (path: string) => openStore({ folder: path, fatal: () => {}, warn: () => {} });

const append = async (path: string) => {
  const store = await open(path);
  const event = {
    id: crypto.randomUUID(),
    type: "RegistrationCompleted",
    json: true,
    data: Buffer.from("{}"),
    customMetadata: Buffer.alloc(0),
  };
  await new Promise<void>((resolve, reject) => {
    const given = { kind: "append", stream: "registration-1", expected: -2, events: [event] } as const;
    store.write(given, { done: () => resolve(), failed: reject });
  });
  await store.close();
};

const lastRevision = async (path: string) => {
  const store = await open(path);
  const { lastRevision } = store.heads.of("registration-1");
  await store.close();
  return lastRevision;
};

test("a restore that is refused because of the clock leaves the events in place", async () => {
  const [home, copy] = [folder(), join(folder(), "copy.db")];
  await append(home);
  backup(home, copy);
  await append(home);
  vi.useFakeTimers({ now: Date.UTC(2020, 0, 2), toFake: ["Date"] });
  expect(() => restore(copy, home, true)).toThrow(/The clock is behind/);
  vi.useRealTimers();
  expect(readdirSync(home).filter((name) => name.startsWith("replaced-") || name.endsWith(".partial"))).toEqual([]);
  expect(await lastRevision(home)).toBe(1);
});

test("a backup that cannot be written says why", async () => {
  const home = folder();
  await append(home);
  const file = join(folder(), "file");
  writeFileSync(file, "");
  expect(() => backup(home, join(file, "copy.db"))).toThrow(UnusableStore);
  expect(() => backup(home, join(file, "copy.db"))).toThrow(/could not be copied to .*copy\.db: EEXIST/);
  expect(() => restore(folder(), folder(), false)).toThrow(UnusableStore);
});

test("a backup onto a full disk says so, and leaves nothing there", async ({ skip }) => {
  const disk = smallDisk(16);
  if (!disk) return skip();
  cleanUps.push(disk.remove);
  const home = folder();
  await append(home);
  expect(() => backup(home, join(disk.path, "copy.db"))).toThrow(UnusableStore);
  expect(() => backup(home, join(disk.path, "copy.db"))).toThrow(/disk/);
  expect(readdirSync(disk.path)).toEqual([]);
});
