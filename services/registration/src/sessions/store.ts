import type { SessionStore } from "@fastify/session";
import type { Session } from "fastify";
import { LRUCache } from "lru-cache";

const SESSIONS_MAX = 1_000;

/**
 * Sessions in memory: a restart logs everybody out. Those of people who have not logged in are kept apart, so that strangers who
 * open the log-in page a thousand times log nobody out.
 */
export const createSessionStore = (ttl: number) => {
  const operators = new LRUCache<string, Session>({ max: SESSIONS_MAX, ttl });
  const strangers = new LRUCache<string, Session>({ max: SESSIONS_MAX, ttl });
  const forget = (id: string) => operators.delete(id) || strangers.delete(id);
  return {
    has: (id: string): boolean => operators.has(id),
    set: (id, session, done) => {
      forget(id);
      (session.tokenId ? operators : strangers).set(id, session);
      done();
    },
    get: (id, done) => done(null, operators.get(id) ?? strangers.get(id) ?? null),
    destroy: (id, done) => {
      forget(id);
      done();
    },
  } satisfies SessionStore & { has: unknown };
};
