import { spawnSync } from "node:child_process";
import { runCommand } from "./command.ts";

/** `npm run check`: format, lint, walls, words, types and the gRPC contract; turbo skips what has not changed. */
await runCommand("check", async () => {
  const { status } = spawnSync("turbo", ["run", "lint", "walls", "words", "typecheck", "proto:lint"], {
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  return status ?? 1;
});
