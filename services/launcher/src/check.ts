import { spawnSync } from "node:child_process";
import { runCommand } from "./command.ts";

/** `npm run check`: format, lint, types and the gRPC contract; turbo skips what has not changed. */
await runCommand("check", async () => {
  const { status } = spawnSync("turbo", ["run", "lint", "typecheck", "proto:lint"], {
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  return status ?? 1;
});
