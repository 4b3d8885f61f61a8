import { readFileSync } from "node:fs";
import { isIP } from "node:net";

/**
 * Reads settings from an environment and collects every fault, so that one start tells all. `NAME_FILE` names a file that
 * holds the value of `NAME`: that is how container secrets come, and nothing else then shows them.
 */
export interface EnvReader {
  text(name: string, fallback?: string): string;
  optional(name: string): string | undefined;
  integer(name: string, options: { fallback?: number; min?: number; max?: number }): number;
  url(name: string, options: { fallback?: string; protocols: readonly string[] }): string;
  oneOf<T extends string>(name: string, values: readonly T[], fallback?: T): T;
  flag(name: string, fallback: boolean): boolean;
  /** Proxies that are believed, as `createHttpServer` takes them: addresses, networks and their names, separated by commas or spaces. */
  proxies(name: string): string | undefined;
  /** A number that texts come from: E.164, a UK number as it is dialled in the UK, or a short code. The first two come back as E.164. */
  phoneNumber(name: string): string | undefined;
  /** Reports a fault that several settings make together. */
  fault(message: string): void;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length > 1 ? "s" : ""}:\n${faults.map((f) => `  - ${f}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

/**
 * Builds a configuration. Throws one `ConfigError` that names every missing or malformed setting; values are never
 * repeated in it, since some are secrets.
 */
export const readConfig = <T>(env: NodeJS.ProcessEnv, build: (reader: EnvReader) => T): T => {
  const faults: string[] = [];
  const value = (name: string) => env[name]?.trim() || fromFile(name);
  const missing = (name: string) => void faults.push(`${name} is missing.`);

  const fromFile = (name: string): string | undefined => {
    const path = env[`${name}_FILE`]?.trim();
    if (!path) return undefined;
    try {
      const found = readFileSync(path, "utf8").trim();
      if (!found) faults.push(`${name}_FILE names an empty file.`);
      return found || undefined;
    } catch {
      faults.push(`${name}_FILE names a file that cannot be read.`);
      return undefined;
    }
  };

  const reader: EnvReader = {
    optional: value,
    fault: (message) => void faults.push(message),
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
        faults.push(
          `${name} must be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`}.`,
        );
      }
      return number;
    },
    url: (name, { fallback, protocols }) => {
      const found = value(name) ?? fallback;
      if (found === undefined) missing(name);
      else if (!URL.canParse(found) || !protocols.includes(new URL(found).protocol)) {
        faults.push(`${name} must be a URL that starts with ${protocols.map((p) => `${p}//`).join(" or ")}.`);
      }
      return (found ?? "").replace(/\/+$/, "");
    },
    oneOf: (name, values, fallback) => {
      const found = value(name) ?? fallback;
      if (found === undefined) missing(name);
      else if (!(values as readonly string[]).includes(found))
        faults.push(`${name} must be one of: ${values.join(", ")}.`);
      return found as (typeof values)[number];
    },
    flag: (name, fallback) => {
      const found = value(name)?.toLowerCase();
      if (found === undefined) return fallback;
      if (!["true", "false", "1", "0"].includes(found)) faults.push(`${name} must be true or false.`);
      return found === "true" || found === "1";
    },
    proxies: (name) => {
      const found = value(name)
        ?.split(/[\s,]+/)
        .filter(Boolean);
      if (found && !found.every(isProxy)) {
        faults.push(
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
        faults.push(`${name} must be a phone number, such as +44 7700 900999, or a short code.`);
      }
      return found;
    },
  };

  const config = build(reader);
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
};

/** What names of networks stand for; the last one is Caddy's. */
const proxyNames = new Map(
  Object.entries({
    loopback: "loopback",
    linklocal: "linklocal",
    uniquelocal: "uniquelocal",
    private_ranges: "loopback,uniquelocal",
  }),
);

/** Not `/0`: whoever believes everybody lets everybody choose who they are. */
const isProxy = (text: string): boolean => {
  if (proxyNames.has(text)) return true;
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
};
