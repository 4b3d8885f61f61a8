import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { expect, test } from "vitest";
import { createLineWriter } from "./line-writer.ts";
import { createLogger } from "./log.ts";

test.skipIf(process.platform !== "linux")("a log on a full disk loses lines, and nothing else", () => {
  let dropped = 0;
  const log = createLogger(
    "test",
    "info",
    createLineWriter(openSync("/dev/full", "a"), () => dropped++),
  );
  for (let i = 0; i < 3; i++) log.info({ i }, "a line");
  expect(dropped).toBe(3);
});

/** A separate process that logs often, and prints on standard output how many lines it has dropped. */
const TALKER = `
  import { createLogger } from ${JSON.stringify(import.meta.resolve("./log.ts"))};
  import { createLineWriter } from ${JSON.stringify(import.meta.resolve("./line-writer.ts"))};
  let dropped = 0;
  const log = createLogger("talker", "info", createLineWriter(2, () => dropped++));
  setInterval(() => log.info("a line"), 5);
  setInterval(() => process.stdout.write(dropped + "\\n"), 20);`;

test("a closed log pipe does not stop the process", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", TALKER]);
  await once(child.stderr, "data");
  child.stderr.destroy();
  let dropped = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    dropped = Number(chunk.toString().trim().split("\n").at(-1));
  });
  await expect.poll(() => dropped, { timeout: 10_000 }).toBeGreaterThan(3);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await once(child, "exit");
});
