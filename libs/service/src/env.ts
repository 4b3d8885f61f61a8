import { readFileSync } from "node:fs";
import { isIP } from "node:net";

/**
 * Reads settings from an environment and collects every violation, so that one start reports them all. `NAME_FILE` names a file that
 * holds the value of `NAME`: container secrets arrive this way, and are visible nowhere else.
 */
export interface EnvReader {
  text(name: string, fallback?: string): string;
  optional(name: string): string | undefined;
  integer(name: string, options: { fallback?: number; min?: number; max?: number }): number;
  url(name: string, options: { fallback?: string; protocols: readonly string[] }): string;
  oneOf<T extends string>(name: string, values: readonly T[], fallback?: T): T;
  flag(name: string, fallback: boolean): boolean;
  /** Trusted proxies, for `createHttpServer`: addresses, networks and their names, separated by commas or spaces. */
  proxies(name: string): string | undefined;
  /** A sender's number: E.164, a UK number as dialled in the UK, or a short code. The first two are returned as E.164. */
  phoneNumber(name: string): string | undefined;
  /** Reports a rule that one setting, or several together, break. */
  violation(message: string): void;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** What is wrong, one sentence each. */
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    const count = `${violations.length} problem${violations.length > 1 ? "s" : ""}`;
    super(`The configuration has ${count}:\n${violations.map((violation) => `  - ${violation}`).join("\n")}`);
    this.violations = violations;
  }
}

/**
 * Builds a configuration. Throws one `ConfigError` that names every missing or malformed setting. It repeats no values, since
 * some are secrets.
 */
export const readConfig = <T>(env: NodeJS.ProcessEnv, build: (reader: EnvReader) => T): T => {
  const violations: string[] = [];
  const value = valuesOf(env, violations);
  const config = build({
    optional: value,
    violation: (message) => void violations.push(message),
    ...plainReaders(value, violations),
    ...networkReaders(value, violations),
  });
  if (violations.length > 0) throw new ConfigError(violations);
  return config;
};

type Values = EnvReader["optional"];

const valuesOf = (env: NodeJS.ProcessEnv, violations: string[]): Values => {
  const fromFile = (name: string): string | undefined => {
    const path = env[`${name}_FILE`]?.trim();
    if (!path) return undefined;
    try {
      const found = readFileSync(path, "utf8").trim();
      if (!found) violations.push(`${name}_FILE names an empty file.`);
      return found || undefined;
    } catch {
      violations.push(`${name}_FILE names a file that cannot be read.`);
      return undefined;
    }
  };

  return (name) => env[name]?.trim() || fromFile(name);
};

type PlainReader = Pick<EnvReader, "text" | "integer" | "url" | "oneOf" | "flag">;

const plainReaders = (value: Values, violations: string[]): PlainReader => {
  const missing = (name: string) => void violations.push(`${name} is missing.`);
  return {
    text: (name, fallback) => {
      const found = value(name) ?? fallback;
      if (found === undefined) missing(name);
      return found ?? "";
    },
    integer: (name, { fallback, min = 0, max = Number.MAX_SAFE_INTEGER }) => {
      const found = value(name);
      if (found === undefined) {
        if (fallback === undefined) missing(name);
        return fallback ?? 0;
      }
      const number = /^-?\d+$/.test(found) ? Number(found) : Number.NaN;
      if (!(number >= min && number <= max)) {
        violations.push(
          `${name} must be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`}.`,
        );
      }
      return number;
    },
    url: (name, { fallback, protocols }) => {
      const found = value(name) ?? fallback;
      if (found === undefined) missing(name);
      else if (!URL.canParse(found) || !protocols.includes(new URL(found).protocol)) {
        violations.push(`${name} must be a URL that starts with ${protocols.map((p) => `${p}//`).join(" or ")}.`);
      }
      return (found ?? "").replace(/\/+$/, "");
    },
    oneOf: (name, values, fallback) => {
      const found = value(name) ?? fallback;
      if (found === undefined) missing(name);
      else if (!(values as readonly string[]).includes(found))
        violations.push(`${name} must be one of: ${values.join(", ")}.`);
      return found as (typeof values)[number];
    },
    flag: (name, fallback) => {
      const found = value(name)?.toLowerCase();
      if (found === undefined) return fallback;
      if (!["true", "false", "1", "0"].includes(found)) violations.push(`${name} must be true or false.`);
      return found === "true" || found === "1";
    },
  };
};

const networkReaders = (value: Values, violations: string[]): Pick<EnvReader, "proxies" | "phoneNumber"> => ({
  proxies: (name) => {
    const found = value(name)
      ?.split(/[\s,]+/)
      .filter(Boolean);
    if (found && !found.every(isProxy)) {
      violations.push(
        `${name} must be addresses or networks such as 192.0.2.0/24, or ${[...proxyNames.keys()].join(", ")}.`,
      );
    }
    return found?.map((one) => proxyNames.get(one) ?? one).join(",");
  },
  phoneNumber: (name) => {
    const found = value(name)
      ?.replaceAll(/[\s()-]/g, "")
      .replace(/^0(?=\d{9,10}$)/, "+44");
    if (found && !/^(\+[1-9]\d{6,14}|\d{3,8})$/.test(found)) {
      violations.push(`${name} must be a phone number, such as +44 7700 900999, or a short code.`);
    }
    return found;
  },
});

/** The networks that each name means. The last name is Caddy's. */
const proxyNames = new Map(
  Object.entries({
    loopback: "loopback",
    linklocal: "linklocal",
    uniquelocal: "uniquelocal",
    private_ranges: "loopback,uniquelocal",
  }),
);

/** `/0` is refused: trusting every proxy lets any client choose its address. */
const isProxy = (text: string): boolean => {
  if (proxyNames.has(text)) return true;
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
};
