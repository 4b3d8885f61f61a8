import { existsSync } from "node:fs";
import { rehearse } from "./rehearse.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
// A reader such as `head` may have stopped reading.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = rehearse(
  process.argv.slice(2),
  process.env,
  new Date(),
  (line) => void process.stdout.write(`${line}\n`),
);
