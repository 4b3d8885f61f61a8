import { invalidArgument } from "./failure.ts";

/**
 * Real servers run .NET's regular expressions; this one runs JavaScript's. Syntax that means the same in both is accepted, a dot is
 * made to mean the same, and everything else is refused: no subscription is better than one that silently gets other events.
 */
export function asInDotNet(source: string): string {
  let expression = "";
  let inClass = false;
  for (let at = 0; at < source.length; ) {
    const token = nextToken(source, at, inClass);
    if (token === "[") inClass = true;
    else if (token === "]") inClass = false;
    expression += token === "." && !inClass ? "[^\\n]" : token;
    at += token.length;
  }
  return expression;
}

/** Punctuation, a control character, or a character by number; never a letter or digit that .NET may read differently. */
const ESCAPE = /^\\(?:[^\w\s\u0080-\uffff]|[fnrtv ]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4})/;
const GROUP = /^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z]\w*>)|(?!\?))/;

function nextToken(source: string, at: number, inClass: boolean): string {
  const rest = source.slice(at, at + 64);
  if (rest[0] === "\\") return match(ESCAPE, rest) ?? refuse(rest.slice(0, 2));
  if (inClass) {
    // In .NET, `[a-z-[aeiou]]` subtracts one class from another.
    if (rest.startsWith("-[")) refuse("-[");
    return rest[0] ?? "";
  }
  if (rest[0] === "(") return match(GROUP, rest) ?? refuse(rest.slice(0, 3));
  // In .NET, an empty class is a class that begins with "]".
  if (/^\[\^?\]/.test(rest)) refuse(rest.slice(0, 2));
  return rest[0] ?? "";
}

const match = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[0];

function refuse(what: string): never {
  throw invalidArgument(
    `The filter's regular expression has "${what}", which EventStoreDB reads differently from this server.`,
  );
}
