import cookie from "@fastify/cookie";
import csrf from "@fastify/csrf-protection";
import session from "@fastify/session";
import { actors } from "@touchline/contracts";
import type { Runtime } from "@touchline/service/runtime";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { People } from "../people/people.ts";
import type { Actor } from "../people/roles.ts";
import { isLocal } from "./local.ts";
import { createSessionStore } from "./store.ts";

const SESSION_MS = 12 * 3_600_000;

declare module "fastify" {
  interface Session {
    /** The id of the token that its owner logged in with. */
    tokenId?: string;
  }
}

export interface Insider extends Actor {
  /** Undefined if nobody needs a token. */
  readonly name?: string;
}

export interface Sessions {
  /** Who asks; undefined for people who are not, or no longer, admitted. */
  readonly insider: (request: FastifyRequest) => Insider | undefined;
  /** Resolves with false if the token is unknown. */
  readonly logIn: (request: FastifyRequest, token: string) => Promise<boolean>;
  readonly logOut: (request: FastifyRequest) => Promise<void>;
}

const thisMachine: Insider = { id: actors.localBoard, role: "admin" };

/** Gives `app` cookies and sessions, and refuses each form that does not carry the token of its session. */
export const addSessions = async (
  app: FastifyInstance,
  people: People,
  { uuid }: Pick<Runtime, "uuid">,
): Promise<Sessions> => {
  const store = createSessionStore(SESSION_MS);
  await app.register(cookie);
  await app.register(session, {
    // Sessions end with the process, and so may the secret.
    secret: uuid() + uuid(),
    cookieName: "touchline_admin",
    store,
    saveUninitialized: false,
    rolling: false,
    // Lax, so that a link in an e-mail finds its reader logged in. No GET changes anything, and each POST carries a CSRF token.
    cookie: { path: "/admin", httpOnly: true, sameSite: "lax", secure: "auto", maxAge: SESSION_MS },
  });
  await app.register(csrf, {
    sessionPlugin: "@fastify/session",
    getToken: ({ body }) => (body instanceof URLSearchParams ? (body.get("csrf") ?? "") : ""),
  });
  app.addHook("preHandler", (request, reply, done) =>
    request.method === "POST" ? app.csrfProtection(request, reply, done) : done(),
  );
  return {
    insider: (request) => {
      if (!people.needTokens()) return isLocal(callerOf(request)) ? thisMachine : undefined;
      const { tokenId, sessionId } = request.session;
      // A page that follows is one long request: its session may have ended since it began.
      return tokenId !== undefined && store.has(sessionId) ? people.byTokenId(tokenId) : undefined;
    },
    logIn: async (request, token) => {
      const person = people.byToken(token);
      if (!person) return false;
      // A new id, because the earlier one may have been planted.
      await request.session.regenerate();
      request.session.tokenId = person.tokenId;
      return true;
    },
    logOut: (request) => request.session.destroy(),
  };
};

const callerOf = ({ raw, headers }: FastifyRequest) => ({ remoteAddress: raw.socket.remoteAddress, headers });
