import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Caller, createAccess, isSameOrigin } from "./access.ts";

const now = new Date("2026-11-22T12:00:00Z");
const caller = (headers: Caller["headers"] = {}, remoteAddress: string | undefined = "127.0.0.1"): Caller => ({
  remoteAddress,
  headers: { host: "localhost:8001", ...headers },
});
const cookieOf = (setCookie = "") => ({ cookie: `other=1; ${setCookie.split(";")[0]}` });

const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
const secret = "a-long-and-secret-token";

test.each([
  ["localhost:8001", "127.0.0.1"],
  ["127.0.0.1:8001", "::ffff:127.0.0.1"],
  ["[::1]:8001", "::1"],
  ["localhost", "127.0.0.53"],
])("without a token %s from %s is this machine", (host, address) => {
  const { session, needsLogin } = createAccess(undefined, randomUUID);
  expect(needsLogin).toBe(false);
  expect(session(caller({ host }, address), now)).toBeDefined();
});

test.each([
  ["another machine", caller({}, "192.168.1.7")],
  ["another machine that looks alike", caller({}, "::ffff:128.0.0.1")],
  ["a name that another site's DNS gives this machine", caller({ host: "evil.example:8001" })],
  ["a name that only begins well", caller({ host: "localhost.evil.example" })],
  ["no name at all", { remoteAddress: "127.0.0.1", headers: {} }],
  ["a proxy on this machine", caller({ "x-forwarded-for": "203.0.113.9" })],
  ["a tunnel", caller({ forwarded: "for=203.0.113.9" })],
  ["a connection that is gone", { remoteAddress: undefined, headers: { host: "localhost" } }],
])("without a token %s is refused", (_, who) => {
  expect(createAccess(undefined, randomUUID).session(who, now)).toBeUndefined();
});

test("the token lets in from anywhere, for twelve hours, also after a restart", () => {
  const access = createAccess(secret, randomUUID);
  expect(access.session(caller(), now)).toBeUndefined();
  expect(access.logIn("another-token", caller(), now)).toBeUndefined();
  const cookie = access.logIn(secret, caller({ origin: "https://board.example" }, "203.0.113.9"), now);
  expect(cookie).toMatch(/; Path=\/admin; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
  const back = caller({ host: "board.example", ...cookieOf(cookie) }, "203.0.113.9");
  expect(access.session(back, later(11.9))).toBeDefined();
  expect(createAccess(secret, randomUUID).session(back, now)).toBe(access.session(back, now));
  expect(access.session(back, later(12.1))).toBeUndefined();
  expect(createAccess("another-long-token", randomUUID).session(back, now)).toBeUndefined();
});

test("a cookie that was tampered with lets nobody in", () => {
  const access = createAccess(secret, randomUUID);
  const cookie = access.logIn(secret, caller(), now)?.split(";")[0] ?? "";
  const [name, expires, nonce, signature] = cookie.split(/[=.]/);
  const tampered = [
    `${name}=${Number(expires) + 1}.${nonce}.${signature}`,
    `${name}=${expires}.${nonce?.replace(/^./, "A")}.${signature}B`,
    `${name}=${expires}.${nonce}.${"A".repeat(43)}`,
    `${name}=`,
  ];
  for (const attempt of tampered) expect(access.session(caller({ cookie: attempt }), now)).toBeUndefined();
  expect(access.session(caller({ cookie }), now)).toBeDefined();
});

test("a form's token is good for its own session alone", () => {
  const access = createAccess(secret, randomUUID);
  const [mine, yours] = ["1.a", "1.b"];
  expect(access.isFormToken(mine, access.formToken(mine))).toBe(true);
  expect(access.isFormToken(mine, access.formToken(yours))).toBe(false);
  expect(access.isFormToken(mine, "")).toBe(false);
  expect(
    createAccess(undefined, randomUUID).isFormToken(mine, createAccess(undefined, randomUUID).formToken(mine)),
  ).toBe(false);
});

test.each([
  [true, {}],
  [true, { origin: "http://localhost:8001", "sec-fetch-site": "same-origin" }],
  [false, { origin: "http://localhost:9999" }],
  [false, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  [false, { origin: "null" }],
  [false, { "sec-fetch-site": "same-site" }],
])("same origin: %s for %j", (expected, headers) => {
  expect(isSameOrigin(caller(headers))).toBe(expected);
});
