import type { FastifyInstance } from "fastify";
import { isSameOrigin } from "./access.ts";
import { type Board, callerOf, send } from "./context.ts";
import { loginPage } from "./login-page.ts";

const WINDOW_MS = 60_000;
const FAILURES_MAX = 10;
const ADDRESSES_MAX = 10_000;

/** Log in and out. With no token there is nothing to log in to. */
export const addLogin = (admin: FastifyInstance, { access, clubName, now }: Board): void => {
  const failures = countFailures(() => now().getTime());
  admin.get("/login", (request, reply) =>
    access.needsLogin && !access.session(callerOf(request), now())
      ? send(reply, clubName, "Log in", loginPage())
      : reply.redirect("/admin", 303),
  );
  admin.post("/login", (request, reply) => {
    const refuse = (status: number, words: string) => send(reply.code(status), clubName, "Log in", loginPage(words));
    const caller = callerOf(request);
    if (!isSameOrigin(caller)) return refuse(403, "Open the board's own page to log in.");
    const token = request.body instanceof URLSearchParams ? (request.body.get("token") ?? "") : "";
    const cookie = access.logIn(token.trim(), caller, now());
    if (cookie) return reply.header("set-cookie", cookie).redirect("/admin", 303);
    // Only now: behind a proxy everybody has one address, and wrong tokens of others must lock out nobody who has the right
    // one. It is too long to be guessed.
    if (failures.tooMany(request.ip)) return refuse(429, "Too many wrong tokens. Try again in a minute.");
    failures.note(request.ip);
    return refuse(403, "That is not the token.");
  });
};

/** Per address and minute; forgets the oldest addresses rather than grow. */
const countFailures = (nowMs: () => number) => {
  const failures = new Map<string, { since: number; count: number }>();
  const current = (address: string) => {
    const entry = failures.get(address);
    return entry && nowMs() - entry.since < WINDOW_MS ? entry : undefined;
  };
  return {
    tooMany: (address: string) => (current(address)?.count ?? 0) >= FAILURES_MAX,
    note: (address: string) => {
      const entry = current(address) ?? { since: nowMs(), count: 0 };
      failures.set(address, { ...entry, count: entry.count + 1 });
      if (failures.size > ADDRESSES_MAX) failures.delete(failures.keys().next().value ?? "");
    },
  };
};
