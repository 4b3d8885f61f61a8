import { existsSync } from "node:fs";
import { opsConfig } from "./config.ts";
import { runOps } from "./program.ts";

// What the environment has already wins over the file, as at `npm start`.
if (existsSync(".env")) process.loadEnvFile(".env");

// `| head` closes the pipe when it has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const { stdout, stderr, env } = process;

process.exit(
  await runOps(process.argv.slice(2), {
    config: () => opsConfig(env),
    env,
    now: () => new Date(),
    out: (text) => void stdout.write(text),
    say: (text) => void stderr.write(`${text}\n`),
    progress: (text) => void (stderr.isTTY && stderr.write(`\r\x1b[K${text}`)),
    colours: stdout.isTTY === true && stdout.hasColors() && !env.NO_COLOR,
  }),
);
