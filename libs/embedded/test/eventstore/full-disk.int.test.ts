import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { type SmallDisk, smallDisk } from "@touchline/testing";
import { afterEach, expect, test } from "vitest";
import { Appender } from "./support/appender.ts";
import { embedded, kill, MAIN, run } from "./support/embedded.ts";

const { start } = embedded();
let disk: SmallDisk | undefined;
afterEach(() => {
  disk?.remove();
  disk = undefined;
});

/** Appends until the store refuses. Resolves with the refusal, and how many appends were acknowledged. */
const appendUntilRefused = async (appender: Appender, from: number) => {
  for (let number = from; ; number++) {
    try {
      await appender.append("numbers", number);
    } catch (error) {
      return { acknowledged: number, error };
    }
  }
};

test("while the disk is full, appends are refused, reads work, and nothing is lost", async (context) => {
  disk = smallDisk(2_000);
  if (!disk) return context.skip("this user may not mount a file system");
  const store = await start(disk.path);
  const appender = new Appender(store.url);
  await appender.append("numbers", 0);
  disk.fill();
  const { acknowledged, error } = await appendUntilRefused(appender, 1);
  expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining("disk is full") });
  const all = (count: number) => Array.from({ length: count }, (_, number) => number);
  expect(await appender.numbers("numbers")).toEqual(all(acknowledged));
  for (let i = 0; i < 5; i++) await expect(appender.append("numbers", -1)).rejects.toMatchObject({ code: 8 });
  expect(store.child.exitCode).toBeNull();
  disk.makeRoom();
  await appender.append("numbers", acknowledged);
  expect(await appender.numbers("numbers")).toEqual(all(acknowledged + 1));
  await appender.close();
  await store.stop();
  expect(store.child.exitCode).toBe(0);
});

test("a store started on a full disk says what to do, and starts when there is room", async (context) => {
  disk = smallDisk(2_000);
  if (!disk) return context.skip("this user may not mount a file system");
  const store = await start(disk.path);
  const appender = new Appender(store.url);
  await appender.append("numbers", 0);
  disk.fill();
  const { acknowledged } = await appendUntilRefused(appender, 1);
  await appender.close();
  await store.stop();
  expect(store.child.exitCode).toBe(0);
  disk.fill();
  const { code, stderr } = await run(MAIN, "--port", "0", "--data", disk.path);
  expect(code).toBe(1);
  expect(stderr).toContain(`The disk of ${disk.path} is full. Make room on it, then start the event store again.`);
  disk.makeRoom();
  const again = await start(disk.path);
  const reader = new Appender(again.url);
  expect(await reader.numbers("numbers")).toHaveLength(acknowledged);
  await reader.append("numbers", acknowledged);
  await reader.close();
  await kill(again);
});

test("a new folder on a full disk gives the same message", async (context) => {
  disk = smallDisk(200);
  if (!disk) return context.skip("this user may not mount a file system");
  const folders = [join(disk.path, "new"), join(disk.path, "empty")];
  mkdirSync(folders[1] as string);
  disk.fill();
  for (const folder of folders) {
    const { code, stderr } = await run(MAIN, "--port", "0", "--data", folder);
    expect(code).toBe(1);
    expect(stderr).toContain(`The disk of ${folder} is full. Make room on it, then start the event store again.`);
  }
});
