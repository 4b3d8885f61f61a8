import { spawn } from "node:child_process";
import { plants } from "./plants.ts";

export interface Sought {
  /** From and to, as `1..1000`. */
  readonly seeds?: string | undefined;
  /** Only these plants; all when absent. */
  readonly names?: readonly string[] | undefined;
}

const SEED = /^seed (\d+): [1-9]\d* violations/m;
/** The first violation: what is violated, up to its colon. */
const VIOLATED = /^ {2}([^:\n]+):/m;

/** Looks for each plant, in a process of its own. Resolves with the exit code: 1 if one is not found. */
export const findPlants = async (
  { seeds = "1..1000", names }: Sought,
  print: (line: string) => void,
): Promise<number> => {
  let missed = 0;
  for (const name of names ?? Object.keys(plants)) {
    const said = await play(["--plant", name, "--seeds", seeds, "--whole"]);
    const seed = said.match(SEED)?.[1];
    if (seed === undefined) missed++;
    print(`${name}: ${seed === undefined ? `not found in ${seeds}` : `seed ${seed}: ${said.match(VIOLATED)?.[1]}`}`);
  }
  return missed > 0 ? 1 : 0;
};

const play = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const main = new URL("main.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
