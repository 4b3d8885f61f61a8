import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Appender } from "./support/appender.ts";
import { BACKUP, embedded, MAIN, run } from "./support/embedded.ts";

describe("a backup", () => {
  const { folder, start } = embedded();

  test("is a consistent copy, even when taken during appends", async () => {
    const [dataDir, elsewhere] = [await folder(), await folder()];
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    let acknowledged = 0;
    let done = false;
    const appends = (async () => {
      while (!done) {
        await appender.append("numbers", acknowledged);
        acknowledged += 1;
      }
    })();
    while (acknowledged < 50) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = acknowledged;
    const file = join(elsewhere, "copy.db");
    expect(await run(BACKUP, "--data", dataDir, "--to", file)).toMatchObject({ code: 0 });
    done = true;
    await appends;
    await store.stop();
    await appender.close();

    const restored = await folder();
    expect(await run(BACKUP, "--data", restored, "--restore", file)).toMatchObject({ code: 0 });
    const copy = await start(restored);
    const reader = new Appender(copy.url);
    const numbers = await reader.numbers("numbers");
    expect(numbers.length).toBeGreaterThanOrEqual(before);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
    await reader.close();
  });

  test("makes positions continue after a restore above all that were used since the backup", async () => {
    const [dataDir, elsewhere] = [await folder(), await folder()];
    const file = join(elsewhere, "copy.db");
    let store = await start(dataDir);
    let appender = new Appender(store.url);
    await appender.append("numbers", 0);
    expect(await run(BACKUP, "--data", dataDir, "--to", file)).toMatchObject({ code: 0 });
    let highest = 0n;
    for (let round = 0; round < 3; round++) {
      for (let number = 1; number <= 50; number++) {
        const position = await appender.append("numbers", number);
        expect(position).toBeGreaterThan(highest);
        highest = position;
      }
      await store.stop();
      await appender.close();
      expect(await run(BACKUP, "--data", dataDir, "--restore", file, "--replace")).toMatchObject({ code: 0 });
      store = await start(dataDir);
      appender = new Appender(store.url);
      expect(await appender.numbers("numbers")).toEqual([0]);
    }
    expect(await appender.append("numbers", 1)).toBeGreaterThan(highest);
    await appender.close();
    expect((await readdir(dataDir)).filter((name) => name.startsWith("replaced-"))).toHaveLength(3);
  });

  test("is not restored into a running store, nor over existing events by mistake", async () => {
    const [dataDir, elsewhere] = [await folder(), await folder()];
    const file = join(elsewhere, "copy.db");
    const store = await start(dataDir);
    await run(BACKUP, "--data", dataDir, "--to", file);
    const running = await run(BACKUP, "--data", dataDir, "--restore", file, "--replace");
    expect(running).toMatchObject({ code: 1 });
    expect(running.stderr).toContain("Another event store is using");
    await store.stop();
    const over = await run(BACKUP, "--data", dataDir, "--restore", file);
    expect(over).toMatchObject({ code: 1 });
    expect(over.stderr).toContain("--replace");
    const again = await run(BACKUP, "--data", dataDir, "--to", file);
    expect(again.stderr).toContain("already exists");
    const none = await run(BACKUP, "--data", elsewhere, "--to", join(elsewhere, "x.db"));
    expect(none.stderr).toContain("There are no events");
    expect(await run(BACKUP, "--data", await folder(), "--restore", MAIN)).toMatchObject({ code: 1 });
  });

  test("can be restored again after a restore that died before its last step; until then the store does not start", async () => {
    const [dataDir, elsewhere] = [await folder(), await folder()];
    const file = join(elsewhere, "copy.db");
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    await appender.append("numbers", 0);
    expect(await run(BACKUP, "--data", dataDir, "--to", file)).toMatchObject({ code: 0 });
    await appender.append("numbers", 1);
    await appender.close();
    await store.stop();
    // The mark of what was acknowledged is moved aside last.
    await copyFile(file, join(dataDir, "events.db"));
    const refused = await run(MAIN, "--port", "0", "--data", dataDir);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("Acknowledged events are missing") });
    expect(await run(BACKUP, "--data", dataDir, "--restore", file, "--replace")).toMatchObject({ code: 0 });
    const again = await start(dataDir);
    const reader = new Appender(again.url);
    expect(await reader.numbers("numbers")).toEqual([0]);
    await reader.close();
  });
});
