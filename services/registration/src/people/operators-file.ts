import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EnvReader } from "@touchline/service/env";
import { formatOperators, type Operator, parseOperators } from "./operators.ts";

/** The file of operators, for the service and the command line. */
export const operatorsPath = (read: EnvReader, dataDir: string): string =>
  read.text("OPERATORS_FILE", join(dataDir, "registration", "operators.json"));

/** Empty if there is no file. Throws if it cannot be read or is invalid. */
export const readOperators = (path: string): readonly Operator[] =>
  statSync(path, { throwIfNoEntry: false }) ? parseOperators(readFileSync(path, "utf8")) : [];

/** Replaces the whole file at once, so that no reader sees half of it. Throws if no reader would accept it. */
export const writeOperators = (path: string, operators: readonly Operator[]): void => {
  const text = formatOperators(operators);
  parseOperators(text);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const whole = `${path}.new`;
  writeFileSync(whole, text, { mode: 0o600 });
  renameSync(whole, path);
};

/**
 * The operators that the file has at each call; a changed file is read again. Undefined while the file is invalid: then nobody
 * is an operator, since it may withdraw somebody.
 */
export const followOperators = (
  path: string,
  onBroken: (error: unknown) => void,
): (() => readonly Operator[] | undefined) => {
  let seen: string | undefined;
  let operators: readonly Operator[] | undefined;
  return () => {
    const version = versionOf(path);
    if (version === seen) return operators;
    seen = version;
    try {
      operators = readOperators(path);
    } catch (error) {
      operators = undefined;
      onBroken(error);
    }
    return operators;
  };
};

/** Changes with the file: a replaced file has a different inode, whatever the clock says. */
const versionOf = (path: string): string => {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : "none";
  } catch {
    return "out of reach"; // Reading it says why.
  }
};
