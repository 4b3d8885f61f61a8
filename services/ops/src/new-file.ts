import { writeFileSync } from "node:fs";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";

const STANDARD_OUTPUT = "-";

export const newFileArgument = "where to: a file that does not exist yet, or - for standard output";

/** Writes a new file that only its owner may read, or to standard output. Returns the words for where the text is now. */
export const writeNew = ({ out }: Pick<Context, "out">, file: string, text: string): string => {
  if (file === STANDARD_OUTPUT) {
    out(text);
    return "standard output";
  }
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
    return file;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new Problem(`${file} already exists.`, "Name another file, or delete it first.");
    throw new Problem(`${file} cannot be written (${code}).`, "Name another file, or - for standard output.");
  }
};
