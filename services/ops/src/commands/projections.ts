import {
  type Difference,
  progressLine,
  rebuild,
  UnfoldableEvent,
  type Verification,
  verify,
} from "@touchline/projections";
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { jsonOption, printable } from "../formats.ts";
import { Problem } from "../problem.ts";
import { withStore } from "../store.ts";
import { type View, viewNames, viewsOf } from "../views.ts";

const SHOWN_MAX = 20;

export const addProjections = (program: Command, context: Context): void => {
  const parent = program
    .command("projections")
    .summary("rebuild views from the events, or check that they agree with the events")
    .description(
      `Views are made of the events and can be rebuilt: ${viewNames.join(", ")}. No provider is asked anything.`,
    );

  parent
    .command("rebuild")
    .description(
      "Rebuilds views, from the first event, beside the live ones. A running service keeps serving and takes the new view " +
        "over at once; one that is stopped takes it at its next start.",
    )
    .argument("[name]", `one of ${viewNames.join(", ")}; all when absent`)
    .action((name: string | undefined) => rebuildAll(context, name));

  parent
    .command("verify")
    .description(
      "Rebuilds views in scratch files, compares them row by row with the live ones, and fails on any difference.",
    )
    .argument("[name]", `one of ${viewNames.join(", ")}; all when absent`)
    .addOption(jsonOption())
    .action((name: string | undefined, flags: { json?: boolean }) => verifyAll(context, name, flags.json ?? false));
};

const choose = (context: Context, name: string | undefined): View[] => {
  if (name !== undefined && !viewNames.includes(name)) {
    throw new Problem("There is no such view.", `One of ${viewNames.join(", ")}.`);
  }
  const chosen = viewsOf(context, name);
  if (chosen.length === 0) throw new Problem(`${name} is switched off in the settings.`);
  return chosen;
};

const rebuildAll = async (context: Context, name: string | undefined): Promise<void> => {
  const files = choose(context, name);
  await withStore(context.config(), async (store) => {
    for (const { projection, path } of files) {
      const onProgress = showProgress(context, projection.name);
      const { events, seconds } = await rebuild({ store, projection, path, onProgress }).catch(explainUnfoldable);
      context.progress("");
      context.out(`${projection.name}: rebuilt from ${count(events, "event")} in ${seconds.toFixed(1)} s\n`);
    }
  });
  context.say("Running services take the new views over at once, others at their next start.");
};

const explainUnfoldable = (error: unknown): never => {
  if (!(error instanceof UnfoldableEvent)) throw error;
  throw new Problem(error.message, "The live view was left as it is. This is a defect: fix the code, then try again.");
};

interface Verified extends Verification {
  readonly name: string;
}

const verifyAll = async (context: Context, name: string | undefined, json: boolean): Promise<void> => {
  const files = choose(context, name);
  const verified = await withStore(context.config(), async (store) => {
    const results: Verified[] = [];
    for (const { projection, path } of files) {
      const onProgress = showProgress(context, projection.name);
      const result = await verify({ store, projection, path, onProgress }).catch((error: unknown) => {
        throw error instanceof Error && error.name === "Error"
          ? new Problem(`${projection.name}: ${error.message}`, rebuildAdvice)
          : error;
      });
      context.progress("");
      results.push({ name: projection.name, ...result });
      if (!json) context.out(forPeople({ name: projection.name, ...result }));
    }
    return results;
  });
  if (json) context.out(`${JSON.stringify(verified, withText, 2)}\n`);
  const wrong = verified.filter(({ found, unfoldable }) => found > 0 || unfoldable);
  if (wrong.length > 0) {
    throw new Problem(`These views differ from the events: ${wrong.map((one) => one.name).join(", ")}.`, rebuildAdvice);
  }
};

const rebuildAdvice = "npm run ops -- projections rebuild rebuilds it; a difference that comes back is a defect.";

const showProgress = (context: Context, name: string) => (progress: Parameters<typeof progressLine>[0]) =>
  context.progress(`${name.padEnd(13)} ${progressLine(progress)}`);

const forPeople = ({ name, events, rows, found, differences, unfoldable }: Verified): string => {
  const checked = `${count(rows, "row")} from ${count(events, "event")}`;
  if (found === 0 && !unfoldable) return `✓ ${name}: ${checked}, all as the events say\n`;
  const lines = differences.slice(0, SHOWN_MAX).map(describe);
  return [
    `✗ ${name}: ${checked}, ${count(found, "difference")}`,
    ...(unfoldable ? [`  ${unfoldable.eventType} ${unfoldable.eventId} could not be folded`] : []),
    ...lines,
    ...(found > SHOWN_MAX ? [`  … and ${found - SHOWN_MAX} more: --json shows them`] : []),
    "",
  ].join("\n");
};

/** Keys and columns, no values: they are people's names and numbers. */
const describe = ({ table, key, kind, columns }: Difference): string => {
  const row = `${table} ${printable(key.map(String).join("/"))}`;
  if (kind === "missing") return `  ${row} is missing`;
  return kind === "extra" ? `  ${row} should not be there` : `  ${row} differs in ${columns.join(", ")}`;
};

const count = (number: number, one: string) => `${number.toLocaleString("en-GB")} ${one}${number === 1 ? "" : "s"}`;

const withText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
