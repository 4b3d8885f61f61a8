import { Problem } from "./problem.ts";

/** The parts of EVENTSTORE_URL that a request over HTTP needs. */
export interface ServerAddress {
  /** `host:port`. */
  readonly hosts: readonly string[];
  /** The hosts are only where to ask for the others. */
  readonly discover: boolean;
  readonly tls: boolean;
  readonly verifyCert: boolean;
  readonly caFile?: string | undefined;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

export const serverAddress = (url: string): ServerAddress => {
  const found = /^(?:esdb|kurrentdb)(\+discover)?:\/\/(?:([^@/]*)@)?([^@/?]+)\/?(?:\?(.*))?$/i.exec(url.trim());
  if (!found) throw new Problem("EVENTSTORE_URL cannot be read.", "It is written as esdb://user:password@host:2113.");
  const [, discover, credentials, hosts = "", options = ""] = found;
  const option = new Map(
    options.split("&").map((pair) => {
      const [name = "", value = ""] = pair.split("=");
      return [name.toLowerCase(), decodeURIComponent(value)] as const;
    }),
  );
  const [user = "", password = ""] = (credentials ?? "").split(":").map(decodeURIComponent);
  return {
    hosts: hosts.split(",").map((host) => (host.includes(":") ? host : `${host}:2113`)),
    discover: discover !== undefined || hosts.includes(","),
    tls: option.get("tls") !== "false",
    verifyCert: option.get("tlsverifycert") !== "false",
    caFile: option.get("tlscafile"),
    ...(credentials && { login: { user, password } }),
  };
};
