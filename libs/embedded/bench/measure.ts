/**
 * Operations a second, of the subject and of its bound. They run in turns, so that other work on the machine affects both alike.
 * The best round of each counts.
 */
export async function sideBySide(
  operations: number,
  run: () => Promise<void>,
  bound: () => Promise<void>,
): Promise<{ figure: number; bound: number }> {
  const best = { figure: 0, bound: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    best.bound = Math.max(best.bound, await perSecond(operations, bound));
    best.figure = Math.max(best.figure, await perSecond(operations, run));
  }
  return best;
}

const ROUNDS = 4;

async function perSecond(operations: number, run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (operations * 1000) / (performance.now() - start);
}

/** Runs `count` operations, at most `width` at a time. */
export async function inFlight(count: number, width: number, operation: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await operation();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export const percentile = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Prints one line for people: the figure, its bound, and whether it is good enough. */
export function report(name: string, { figure, bound }: { figure: number; bound: number }, target: number): boolean {
  const ratio = figure / bound;
  const verdict = ratio >= target ? "ok" : "MISSED";
  print(
    `${name.padEnd(34)} ${format(figure)}/s  bound ${format(bound)}/s  ratio ${ratio.toFixed(2)} (at least ${target}) ${verdict}`,
  );
  return ratio >= target;
}

/** Prints a figure that has no target. */
export const inform = (name: string, { figure, bound }: { figure: number; bound: number }): boolean =>
  print(`${name.padEnd(34)} ${format(figure)}/s  ratio ${(figure / bound).toFixed(2)}`);

export function reportLimit(name: string, figure: number, unit: string, limit: number): boolean {
  const verdict = figure < limit ? "ok" : "MISSED";
  print(`${name.padEnd(34)} ${format(figure)} ${unit}  (below ${limit}) ${verdict}`);
  return figure < limit;
}

export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const format = (figure: number): string =>
  (figure < 100 ? figure.toFixed(2) : Math.round(figure).toLocaleString("en")).padStart(9);
