import { invalidArgument } from "./failure.ts";

/**
 * Real servers run .NET's regular expressions; this one runs JavaScript's. The expression is translated so that it means the same
 * for names whose characters go up to `last`. What cannot be translated is refused: no subscription is better than one that
 * silently gets other events.
 */
export function asInDotNet(source: string, last: number): string {
  const ignoresCase = source.startsWith(IGNORE_CASE);
  let expression = "";
  let inClass = false;
  for (let at = ignoresCase ? IGNORE_CASE.length : 0; at < source.length; ) {
    const token = nextToken(source, at, inClass);
    if (token === "[") inClass = true;
    else if (token === "]") inClass = false;
    expression += translated(token, inClass, last);
    at += token.length;
  }
  return ignoresCase ? `(?i:${expression})` : expression;
}

const IGNORE_CASE = "(?i)";

/** Punctuation, a control character, or a character by number. */
const ESCAPE = /^\\(?:[^\w\s\u0080-\uffff]|[fnrtvae ]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4})/;
const CHARACTER_CLASS = /^\\(?:[dwsDWS]|[pP]\{[A-Z][a-z]?\})/;
const ANCHOR = /^\\[AzZbB]/;
const GROUP = /^\((?:\?(?:[:=!]|i:|<[=!]|<[A-Za-z]\w*>)|(?!\?))/;

function nextToken(source: string, at: number, inClass: boolean): string {
  const rest = source.slice(at, at + 64);
  if (rest[0] === "\\") return nextEscape(source, at, inClass);
  if (inClass) {
    // In .NET, `[a-z-[aeiou]]` subtracts one class from another.
    if (rest.startsWith("-[")) refuse("-[");
    return rest[0] ?? "";
  }
  if (rest[0] === "(") return match(GROUP, rest) ?? refuse(rest.slice(0, 4));
  // In .NET, an empty class is a class that begins with "]".
  if (/^\[\^?\]/.test(rest)) refuse(rest.slice(0, 2));
  return rest[0] ?? "";
}

function nextEscape(source: string, at: number, inClass: boolean): string {
  const rest = source.slice(at, at + 64);
  const found = match(ESCAPE, rest) ?? match(CHARACTER_CLASS, rest) ?? (inClass ? undefined : match(ANCHOR, rest));
  if (found === undefined) return refuse(rest.slice(0, 2));
  const after = rest.slice(found.length, found.length + 2);
  // Neither end of a range can be a class of characters; .NET refuses that too.
  const inRange = inClass && (/^-[^\]]/.test(after) || /[^[^]-$/.test(source.slice(0, at)));
  return inRange && CHARACTER_CLASS.test(found) ? refuse(`${found}${after}`) : found;
}

const match = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[0];

function translated(token: string, inClass: boolean, last: number): string {
  if (CHARACTER_CLASS.test(token)) {
    const members = ranges(CLASSES[token] ?? `\\${token.slice(1)}`, last);
    if (inClass) return members;
    return members === "" ? "(?!)" : `[${members}]`;
  }
  if (inClass) return IN_CLASS[token] ?? token;
  return token === "\\b" || token === "\\B" ? wordBoundary(token, last) : (OUTSIDE[token] ?? token);
}

const WORD = "\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}";
const SPACE = "\\f\\n\\r\\t\\v\\u0085\\p{Z}";
const CLASSES: Readonly<Record<string, string>> = {
  "\\d": "\\p{Nd}",
  "\\D": "\\P{Nd}",
  "\\w": `[${WORD}]`,
  "\\W": `[^${WORD}]`,
  "\\s": `[${SPACE}]`,
  "\\S": `[^${SPACE}]`,
};

const IN_CLASS: Readonly<Record<string, string>> = { "\\a": "\\x07", "\\e": "\\x1b" };
const OUTSIDE: Readonly<Record<string, string>> = {
  ...IN_CLASS,
  ".": "[^\\n]",
  // In .NET, a name may also end in a line feed there.
  $: "\\n?$",
  "\\Z": "\\n?$",
  "\\z": "$",
  "\\A": "^",
};

function wordBoundary(token: string, last: number): string {
  // Joiners are no characters of words, but no boundaries either.
  const word = `[${ranges(`[${WORD}\\u200c\\u200d]`, last)}]`;
  const [before, after] = [`(?<=${word})`, `(?=${word})`];
  const [notBefore, notAfter] = [`(?<!${word})`, `(?!${word})`];
  return token === "\\b"
    ? `(?:${before}${notAfter}|${notBefore}${after})`
    : `(?:${before}${after}|${notBefore}${notAfter})`;
}

const knownRanges = new Map<string, string>();

/** The characters of a Unicode class up to `last`, written as ranges. Like .NET, it takes names for sequences of UTF-16 code units. */
function ranges(ofClass: string, last: number): string {
  const key = `${last} ${ofClass}`;
  const known = knownRanges.get(key);
  if (known !== undefined) return known;
  const belongs = memberTest(ofClass);
  let found = "";
  let from = -1;
  for (let code = 0; code <= last + 1; code++) {
    const member = code <= last && belongs.test(String.fromCharCode(code));
    if (member && from < 0) from = code;
    if (member || from < 0) continue;
    found += from === code - 1 ? escaped(from) : `${escaped(from)}-${escaped(code - 1)}`;
    from = -1;
  }
  knownRanges.set(key, found);
  return found;
}

function memberTest(ofClass: string): RegExp {
  try {
    return new RegExp(`^${ofClass}$`, "u");
  } catch {
    return refuse(ofClass);
  }
}

const escaped = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

function refuse(what: string): never {
  throw invalidArgument(
    `The filter's regular expression has "${what}", which EventStoreDB reads differently from this server.`,
  );
}
