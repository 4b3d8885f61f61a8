import { spawnSync } from "node:child_process";
import { runCommand } from "./command.ts";

/** `npm run check`: format, lint, walls, words, sentences, types and the gRPC contract; turbo skips what has not changed. */
await runCommand("check", async () => {
  const { status } = spawnSync("turbo", ["run", "lint", "walls", "words", "prose", "typecheck", "proto:lint"], {
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  return status ?? 1;
});
