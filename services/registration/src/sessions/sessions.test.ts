import { systemRuntime } from "@touchline/service/runtime";
import Fastify, { type InjectOptions, type LightMyRequestResponse } from "fastify";
import { expect, test } from "vitest";
import { createPeople, sha256 } from "../people/people.ts";
import { addSessions } from "./sessions.ts";

const sam = {
  id: "op-1",
  name: "Sam Khan",
  role: "admin",
  tokens: [{ id: "t1", sha256: sha256("sams-token"), createdAt: "2026-11-28T09:00:00.000Z" }],
} as const;

/** A board with nothing on it. */
const open = async (trustProxy: boolean) => {
  const app = Fastify({ trustProxy });
  const people = createPeople(() => [{ ...sam, tokens: [...sam.tokens] }], undefined);
  await app.register(
    async (admin) => {
      admin.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
        done(null, new URLSearchParams(String(body))),
      );
      const sessions = await addSessions(admin, people, systemRuntime());
      admin.get("/form", (_, reply) => reply.send(reply.generateCsrf()));
      admin.get("/", (request) => sessions.insider(request)?.name ?? "nobody");
      admin.post("/login", async (request) =>
        sessions.logIn(request, (request.body as URLSearchParams).get("token") ?? ""),
      );
    },
    { prefix: "/admin" },
  );
  const logIn = async (headers: InjectOptions["headers"] = {}) => {
    const form = await app.inject({ url: "/admin/form", headers });
    const payload = new URLSearchParams({ token: "sams-token", csrf: form.body }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return app.inject({
      method: "POST",
      url: "/admin/login",
      headers: { ...headers, ...type, cookie: cookieOf(form) },
      payload,
    });
  };
  return { app, logIn };
};

const setCookie = (answer: LightMyRequestResponse) => String(answer.headers["set-cookie"]);
const cookieOf = (answer: LightMyRequestResponse) => setCookie(answer).split(";")[0] ?? "";

test("behind HTTPS, as reported by a trusted proxy, the cookie is sent over HTTPS only", async () => {
  const https = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
  const trusting = await open(true);
  expect(setCookie(await trusting.logIn(https))).toMatch(/HttpOnly; Secure; SameSite=Lax$/);
  const alone = await open(false);
  expect(setCookie(await alone.logIn(https))).toMatch(/HttpOnly; SameSite=Lax$/);
});

test("whatever strangers do on the log-in page, people who have logged in stay logged in", async () => {
  const { app, logIn } = await open(false);
  const cookie = cookieOf(await logIn());
  for (let i = 0; i < 1_100; i++) await app.inject({ url: "/admin/form" });
  expect((await app.inject({ url: "/admin", headers: { cookie } })).body).toBe("Sam Khan");
});

test("a cookie of another process, or a forged one, admits nobody", async () => {
  const { app, logIn } = await open(false);
  const cookie = cookieOf(await logIn());
  const other = cookieOf(await (await open(false)).logIn());
  for (const wrong of [
    other,
    `${cookie}x`,
    cookie.replace(/=(.)/, (_, first) => (first === "A" ? "=B" : "=A")),
    "touchline_admin=",
  ]) {
    expect((await app.inject({ url: "/admin", headers: { cookie: wrong } })).body).toBe("nobody");
  }
});
