/** Where a link may lead: GoCardless's own pages. */
export interface PageHosts {
  allows(url: string): boolean;
}

const loopback = new Set(["127.0.0.1", "localhost", "[::1]"]);

export interface PageHostOptions {
  /** `host` for any port, or `host:port`. */
  readonly hosts: readonly string[];
  /** For stand-ins on this machine, whose pages need no TLS. */
  readonly plainHttp: boolean;
}

export const pageHosts = ({ hosts, plainHttp }: PageHostOptions): PageHosts => {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  // A stand-in may call itself 127.0.0.1 in one place and localhost in another.
  if ([...loopback].some((name) => allowed.has(name))) for (const name of loopback) allowed.add(name);
  return {
    allows: (text) => {
      const url = URL.parse(text);
      if (!url || url.username || url.password) return false;
      const theirs = url.hostname.endsWith(".gocardless.com");
      if (theirs && url.port !== "") return false;
      const plain = plainHttp && url.protocol === "http:" && !theirs;
      if (url.protocol !== "https:" && !plain) return false;
      return allowed.has(url.hostname) || allowed.has(url.host);
    },
  };
};
