import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const SESSION_MS = 12 * 3_600_000;
const COOKIE = "touchline_admin";

/** What is looked at of a request. */
export interface Caller {
  readonly remoteAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Who may use the board: with a token, those who have logged in with it; without one, only this machine. */
export interface Access {
  /** A secret of this caller that forms are signed with; undefined for those who may not come in. */
  readonly session: (caller: Caller, now: Date) => string | undefined;
  /** The cookie that lets a caller in; undefined when the token is wrong or there is none to give. */
  readonly logIn: (token: string, caller: Caller, now: Date) => string | undefined;
  readonly logOutCookie: string;
  readonly needsLogin: boolean;
  /** Goes into forms, so that no other site can send them. */
  readonly formToken: (session: string) => string;
  readonly isFormToken: (session: string, given: string) => boolean;
}

/** `randomId` makes ids that cannot be guessed. */
export const createAccess = (token: string | undefined, randomId: () => string): Access => {
  // Sessions survive a restart, and end when the token changes. Without a token a form lives as long as the process.
  const key = createHmac("sha256", "touchline board")
    .update(token ?? randomId())
    .digest();
  const sign = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
  const formToken = (session: string) => sign(`form ${session}`);
  const cookie = (value: string, maxAgeSeconds: number, secure: boolean) =>
    `${COOKIE}=${value}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? "; Secure" : ""}`;

  const loggedIn = (caller: Caller, now: Date): string | undefined => {
    const [, session, expires, signature] = cookiePattern.exec(caller.headers.cookie ?? "") ?? [];
    if (!session || !expires || !signature) return undefined;
    return same(signature, sign(`session ${session}`)) && Number(expires) > now.getTime() ? session : undefined;
  };

  return {
    needsLogin: token !== undefined,
    session: (caller, now) => (token === undefined ? localSession(caller) : loggedIn(caller, now)),
    logIn: (given, caller, now) => {
      if (token === undefined || !same(given, token)) return undefined;
      const session = `${now.getTime() + SESSION_MS}.${randomId()}`;
      const secure = caller.headers.origin?.startsWith("https:") ?? false;
      return cookie(`${session}.${sign(`session ${session}`)}`, SESSION_MS / 1_000, secure);
    },
    logOutCookie: cookie("", 0, false),
    formToken,
    isFormToken: (session, given) => same(given, formToken(session)),
  };
};

const cookiePattern = new RegExp(`(?:^|; ?)${COOKIE}=((\\d{1,15})\\.[\\w-]{36})\\.([\\w-]{43})(?:;|$)`);

const localSession = (caller: Caller): string | undefined => (isLocal(caller) ? "this machine" : undefined);

/**
 * The connection comes from this machine, and not through a proxy on it; and the page was asked for under a name of this
 * machine, which another site's DNS cannot claim.
 */
const isLocal = ({ remoteAddress = "", headers }: Caller): boolean =>
  /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(remoteAddress) &&
  /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(headers.host ?? "") &&
  proxyHeaders.every((name) => headers[name] === undefined);

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/** Whether a browser sent this from one of our own pages. What is no browser says neither, and needs the form's token. */
export const isSameOrigin = ({ headers }: Caller): boolean => {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const { origin } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host);
};

const digest = (text: string) => createHash("sha256").update(text).digest();
// Digests all have the same length, so the comparison reveals nothing about the secret's.
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
