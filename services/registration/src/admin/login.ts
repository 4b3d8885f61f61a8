import { atMost } from "@touchline/service";
import type { FastifyInstance } from "fastify";
import { LRUCache } from "lru-cache";
import { type Board, send } from "./context.ts";
import { loginPage } from "./login-page.ts";

const WINDOW_MS = 60_000;
const FAILURES_MAX = 10;
/** After that, each wrong token waits twice as long for its answer. */
const SLOW_MS = 250;
const SLOWEST_MS = 8_000;
const ADDRESSES_MAX = 10_000;

/** Logs in. If nobody needs a token, there is no log-in. */
export const addLogin = (admin: FastifyInstance, { sessions, people, clubName, sleep }: Board): void => {
  // By address. The oldest entries are dropped, so that the cache does not grow.
  const failures = new LRUCache<string, number>({ ...atMost(ADDRESSES_MAX), ttl: WINDOW_MS, noUpdateTTL: true });
  admin.get("/login", (request, reply) =>
    people.needTokens() && !sessions.insider(request)
      ? send(reply, clubName, "Log in", loginPage(reply.generateCsrf()))
      : reply.redirect("/admin", 303),
  );
  admin.post("/login", async (request, reply) => {
    const refuse = (status: number, words: string) =>
      send(reply.code(status), clubName, "Log in", loginPage(reply.generateCsrf(), words));
    const token = request.body instanceof URLSearchParams ? (request.body.get("token") ?? "") : "";
    if (await sessions.logIn(request, token.trim())) return reply.redirect("/admin", 303);
    // Only now: behind a proxy everybody has one address, and others' wrong tokens must not lock out somebody with the right
    // one. It is too long to be guessed.
    const failed = (failures.get(request.ip) ?? 0) + 1;
    failures.set(request.ip, failed);
    if (failed <= FAILURES_MAX) return refuse(403, "That access token is wrong. Check that you copied all of it.");
    await sleep(Math.min(SLOW_MS * 2 ** (failed - FAILURES_MAX - 1), SLOWEST_MS));
    return refuse(429, "Too many wrong tokens. Try again in a minute.");
  });
};
