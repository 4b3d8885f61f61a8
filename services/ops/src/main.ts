import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { systemRuntime } from "@touchline/service/runtime";
import { opsConfig } from "./config.ts";
import { runOps } from "./program.ts";

// As with `npm start`, the environment takes precedence over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

// Backups and reports contain names and numbers: only this user may read the files that this process creates.
process.umask(0o077);

// `| head` closes the pipe when it has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

// Other than a signal's own end, this lets a command remove its temporary files.
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, () => process.exit(code));

const { stdin, stdout, stderr, env } = process;

const ask = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
};

process.exit(
  await runOps(process.argv.slice(2), {
    config: () => opsConfig(env),
    env,
    runtime: systemRuntime(),
    out: (text) => void stdout.write(text),
    say: (text) => void stderr.write(`${text}\n`),
    progress: (text) => void (stderr.isTTY && stderr.write(`\r\x1b[K${text}`)),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    colours: stdout.isTTY === true && stdout.hasColors() && !env.NO_COLOR,
  }),
);
