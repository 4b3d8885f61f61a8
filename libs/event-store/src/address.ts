/** The address of a node. */
export interface Endpoint {
  /** Name or address, in lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The contents of `EVENTSTORE_URL`. */
export interface StoreAddress {
  readonly hosts: readonly Endpoint[];
  /** Whether the hosts are only asked which node leads: true for several hosts, or a scheme with `+discover`. */
  readonly discover: boolean;
  readonly tls: boolean;
  /** False accepts any certificate. */
  readonly verifyCert: boolean;
  /** PEM files: the authorities to trust, and a user's certificate and key. */
  readonly caFile?: string;
  readonly userCertFile?: string;
  readonly userKeyFile?: string;
  readonly login?: { readonly user: string; readonly password: string };
}

/** An address that cannot be used. The message names the part that is wrong but does not repeat it: it may be a password. */
export class AddressError extends Error {
  override readonly name = "AddressError";
}

const SCHEMES = ["esdb", "esdb+discover", "kurrentdb", "kurrentdb+discover"];
const DEFAULT_PORT = 2113;

/** Options of EventStoreDB's own clients that have no effect here: how nodes are found and watched is not a setting. */
const ignored = new Set([
  "connectionname",
  "defaultdeadline",
  "discoveryinterval",
  "gossiptimeout",
  "keepaliveinterval",
  "keepalivetimeout",
  "maxdiscoverattempts",
  "nodepreference",
  "throwonappendfailure",
]);

/** Parses an address in the form that EventStoreDB and KurrentDB use. Throws an `AddressError`. */
export const parseAddress = (text: string): StoreAddress => {
  const [, scheme = "", rest = ""] = /^([a-z+]+):\/\/(.*)$/i.exec(text.trim()) ?? [];
  if (!SCHEMES.includes(scheme.toLowerCase())) {
    throw new AddressError(
      `must start with ${SCHEMES.map((one) => `${one}://`)
        .join(", ")
        .replace(/, ([^,]*)$/, " or $1")}.`,
    );
  }
  const [place = "", optionText = ""] = rest.split(/\?(.*)/);
  const at = place.lastIndexOf("@");
  const login = at < 0 ? undefined : readLogin(place.slice(0, at));
  const hostText = place.slice(at + 1).replace(/\/$/, "");
  if (!hostText) throw new AddressError("must have a host after the scheme.");
  const hosts = hostText.split(",").map(readHost);
  return {
    hosts,
    discover: hosts.length > 1 || scheme.toLowerCase().endsWith("+discover"),
    tls: true,
    verifyCert: true,
    ...(login && { login }),
    ...readOptions(optionText),
  };
};

/** The hosts only, for people to read: no user, password or options. */
export const showAddress = ({ hosts }: Pick<StoreAddress, "hosts">): string => hosts.map(showEndpoint).join(", ");

export const showEndpoint = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** A URL that may be printed, and still used where no login is needed. Accepts anything, even what is not an address. */
export const withoutLogin = (url: string): string => url.replace(/^([^:]*:\/\/)?[^?]*@/, "$1");

const readHost = (text: string, index: number): Endpoint => {
  const part = index === 0 ? "its host" : `host number ${index + 1}`;
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(.*))?$/i.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  if (!host) throw new AddressError(`must have a name or an IP address as ${part}.`);
  const port = portText === undefined ? DEFAULT_PORT : /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) throw new AddressError(`must have a port from 1 to 65535 in ${part}.`);
  return { host: host.toLowerCase(), port };
};

const readLogin = (text: string): { user: string; password: string } => {
  const colon = text.indexOf(":");
  if (colon < 1) throw new AddressError("must have user:password before the @.");
  return {
    user: decoded(text.slice(0, colon), "the user"),
    password: decoded(text.slice(colon + 1), "the password"),
  };
};

type Options = Pick<StoreAddress, "tls" | "verifyCert" | "caFile" | "userCertFile" | "userKeyFile">;
type ReadOption = (value: string) => Partial<Options>;

/** By the option's name in lower case: KurrentDB ignores the case. */
const readers = new Map<string, ReadOption>([
  ["tls", (value) => ({ tls: readFlag("tls", value) })],
  ["tlsverifycert", (value) => ({ verifyCert: readFlag("tlsVerifyCert", value) })],
  ["tlscafile", (value) => ({ caFile: decoded(value, "tlsCAFile") })],
  ["usercertfile", (value) => ({ userCertFile: decoded(value, "userCertFile") })],
  ["userkeyfile", (value) => ({ userKeyFile: decoded(value, "userKeyFile") })],
]);

const readOptions = (text: string): Partial<Options> => {
  const options: Partial<Options> = {};
  for (const [index, pair] of text.split("&").filter(Boolean).entries()) {
    const [, key = "", value = ""] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    const name = key.trim().toLowerCase();
    const read = readers.get(name);
    if (read) Object.assign(options, read(value.trim()));
    // Not even the option's name is repeated: a ? in a password turns the rest of the password into an option.
    else if (!ignored.has(name)) {
      throw new AddressError(
        `has an option that Touchline does not know, number ${index + 1} after the question mark.`,
      );
    }
  }
  return options;
};

const readFlag = (name: string, value: string): boolean => {
  if (value !== "true" && value !== "false") throw new AddressError(`must have ${name}=true or ${name}=false.`);
  return value === "true";
};

const decoded = (text: string, part: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError(`has a % in ${part} that is not part of an escape; write it as %25.`);
  }
};

/** A service's settings reader; see `EnvReader` in libs/service. */
interface SettingsReader {
  text(name: string, fallback?: string): string;
  violation(message: string): void;
}

/** Reads and checks the setting `EVENTSTORE_URL`. A bad address is reported to the reader. */
export const readEventStoreUrl = (read: SettingsReader, fallback?: string): string => {
  const url = read.text("EVENTSTORE_URL", fallback);
  try {
    if (url) parseAddress(url);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    read.violation(`EVENTSTORE_URL ${error.message}`);
  }
  return url;
};
