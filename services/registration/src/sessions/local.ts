import type { IncomingHttpHeaders } from "node:http";

/** The parts of a request that are checked. */
export interface Caller {
  readonly remoteAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The connection comes from this machine, and not through a proxy on it; and the page was asked for under a name of this
 * machine, which another site's DNS cannot claim.
 */
export const isLocal = ({ remoteAddress = "", headers }: Caller): boolean =>
  /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(remoteAddress) &&
  /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(headers.host ?? "") &&
  proxyHeaders.every((name) => headers[name] === undefined);

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
