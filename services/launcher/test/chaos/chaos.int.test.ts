import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** One of each sort: the long run plays all of them. */
const FAULTS = [
  "leader killed",
  "a service killed",
  "a NATS server killed",
  "a service's way to NATS silent",
  "Twilio takes texts and does not answer",
];
/** It takes a minute and a half, unless a killed process leaves a text whose attempt has to be looked up at Twilio. */
const WITHIN_MS = 7 * 60_000;

test("a minute of faults loses nothing, texts nobody twice and stops no process", { timeout: WITHIN_MS }, async () => {
  const faults = FAULTS.flatMap((fault) => ["--fault", fault]);
  const child = spawn(process.execPath, [MAIN, "--minutes", "1", "--seed", "3", ...faults], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = await once(child, "exit");
  expect(code, output).toBe(0);
  expect(output).toMatch(/without a text/);
});
