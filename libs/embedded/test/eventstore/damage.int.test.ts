import { open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Appender } from "./support/appender.ts";
import { embedded, kill, MAIN, run } from "./support/embedded.ts";

const EVENTS = 200;

describe("a torn or damaged file", () => {
  const { folder, start } = embedded();

  /** A folder with some events, whose server was killed or stopped. */
  async function filled(end: "killed" | "stopped"): Promise<string> {
    const dataDir = await folder();
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    for (let number = 0; number < EVENTS; number++) await appender.append("numbers", number);
    await appender.close();
    await (end === "killed" ? kill(store) : store.stop());
    return dataDir;
  }

  const refusal = async (dataDir: string): Promise<string> => {
    const { code, stderr } = await run(MAIN, "--port", "0", "--data", dataDir);
    expect(code).toBe(1);
    return stderr;
  };

  test("is refused when it is cut off", async () => {
    const dataDir = await filled("stopped");
    const file = join(dataDir, "events.db");
    const { size } = await stat(file);
    await truncate(file, size - 4096);
    expect(await refusal(dataDir)).toContain("is damaged");
  });

  test.each([
    ["its header", 0],
    ["its first page", 96],
    ["a page in the middle", 40_000],
  ])("is refused when %s is overwritten", async (_name, at) => {
    const dataDir = await filled("stopped");
    const file = await open(join(dataDir, "events.db"), "r+");
    await file.write(Buffer.alloc(512, 0xa5), 0, 512, at);
    await file.close();
    expect(await refusal(dataDir)).toMatch(/is damaged|is not an event store/);
  });

  test("is refused when one byte of an event is changed", async () => {
    const dataDir = await filled("stopped");
    const path = join(dataDir, "events.db");
    const bytes = await readFile(path);
    const at = bytes.indexOf("application/json", Math.floor(bytes.length / 2));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await refusal(dataDir)).toMatch(/The event at position \d+ is damaged/);
  });

  test("is refused when acknowledged events are lost with their log", async () => {
    const dataDir = await filled("killed");
    await rm(join(dataDir, "events.db-wal"));
    expect(await refusal(dataDir)).toMatch(/Acknowledged events are missing|is damaged/);
  });

  test("is repaired when a crash leaves half a record at the end of its log", async () => {
    const dataDir = await filled("killed");
    const log = join(dataDir, "events.db-wal");
    await writeFile(log, Buffer.concat([await readFile(log), Buffer.alloc(3000, 0x5a)]));
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    expect(await appender.numbers("numbers")).toHaveLength(EVENTS);
    await appender.close();
  });

  test("is refused when it is another program's", async () => {
    const dataDir = await folder();
    const other = new DatabaseSync(join(dataDir, "events.db"));
    other.exec("CREATE TABLE theirs (a)");
    other.close();
    expect(await refusal(dataDir)).toContain("is not an event store");
  });

  test("fails its reader when an event is damaged while the store is running, and the event is never served", async () => {
    const dataDir = await folder();
    const store = await start(dataDir);
    const appender = new Appender(store.url);
    for (let number = 0; number < 5; number++) await appender.append("numbers", number);
    const other = new DatabaseSync(join(dataDir, "events.db"));
    other.exec(
      "UPDATE events SET frame = CAST(substr(frame, 1, length(frame) - 1) || x'00' AS BLOB) WHERE revision = 3",
    );
    other.close();
    await expect(appender.numbers("numbers")).rejects.toMatchObject({ code: 15 });
    expect(await appender.append("others", 1)).toBeGreaterThan(0n);
    await appender.close();
  });
});
