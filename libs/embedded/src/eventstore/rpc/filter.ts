import { setFlagsFromString } from "node:v8";
import { createContext, Script } from "node:vm";
import { invalidArgument, unknown } from "./failure.ts";
import type { FilterOptions } from "./read-request.ts";
import { asInDotNet } from "./regular-expression.ts";

// This engine of V8 never backtracks: its time is linear in the input, whatever the expression.
setFlagsFromString("--enable-experimental-regexp-engine");

export interface EventNames {
  stream: string;
  type: string;
}

export type EventFilter = (names: EventNames) => boolean;

const LONGEST_REGEX = 2048;
const MOST_PREFIXES = 1000;
/** The limit for one match of an expression that only the backtracking engine understands. */
const MATCH_TIMEOUT_MS = 200;
const CACHED_NAMES = 4096;

export function compileFilter(options: FilterOptions): EventFilter {
  if (options.on === undefined) throw invalidArgument("A filter needs an expression on streams or types.");
  const { on } = options;
  const matches = options.regex === "" ? prefixMatcher(options.prefixes) : regexMatcher(options.regex);
  return (names) => matches(names[on]);
}

function prefixMatcher(prefixes: string[]): (name: string) => boolean {
  if (prefixes.length > MOST_PREFIXES) throw invalidArgument(`A filter can have at most ${MOST_PREFIXES} prefixes.`);
  return (name) => prefixes.some((prefix) => name.startsWith(prefix));
}

function regexMatcher(source: string): (name: string) => boolean {
  if (source.length > LONGEST_REGEX) {
    throw invalidArgument(`A filter's regular expression can have at most ${LONGEST_REGEX} characters.`);
  }
  const forAscii = matcherOf(asInDotNet(source, LAST_ASCII));
  let forOthers: ((name: string) => boolean) | undefined;
  return (name) => {
    if (ASCII.test(name)) return forAscii(name);
    forOthers ??= matcherOf(asInDotNet(source, 0xffff));
    return forOthers(name);
  };
}

/** Nearly all names are ASCII, and for them classes such as `\w` are small enough for the engine that never backtracks. */
const LAST_ASCII = 0x7f;
const ASCII = /^[\0-\x7f]*$/;

function matcherOf(expression: string): (name: string) => boolean {
  const linear = compile(expression, "l");
  if (linear !== undefined) return (name) => linear.test(name);
  if (compile(expression, "") === undefined) throw unknown("The filter's regular expression is malformed.");
  return remembering(backtrackingMatcher(expression));
}

function compile(source: string, flags: string): RegExp | undefined {
  try {
    const regex = new RegExp(source, flags);
    regex.test("");
    return regex;
  } catch {
    return undefined;
  }
}

/** Lookaround and ignoring case need the backtracking engine, which only a time-out can limit. */
function backtrackingMatcher(source: string): (name: string) => boolean {
  const context = createContext({ regex: new RegExp(source), name: "" });
  const script = new Script("regex.test(name)");
  return (name) => {
    context.name = name;
    try {
      return script.runInContext(context, { timeout: MATCH_TIMEOUT_MS }) as boolean;
    } catch {
      throw invalidArgument("The filter's regular expression takes too long to match.");
    }
  };
}

function remembering(matches: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const result = matches(name);
    if (known.size >= CACHED_NAMES) known.clear();
    known.set(name, result);
    return result;
  };
}
