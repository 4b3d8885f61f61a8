import { basename } from "node:path";

/** Runs `main` when this file is started, not when it is imported. Prints the message of any error. */
export function asCommand(file: string, main: (argv: string[]) => void): void {
  if (process.argv[1] === undefined || basename(process.argv[1]) !== basename(file)) return;
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
