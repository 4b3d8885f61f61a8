import { expect, test } from "vitest";
import { type Caller, isLocal } from "./local.ts";

const caller = (headers: Caller["headers"] = {}, remoteAddress: string | undefined = "127.0.0.1"): Caller => ({
  remoteAddress,
  headers: { host: "localhost:8001", ...headers },
});

test.each([
  ["localhost:8001", "127.0.0.1"],
  ["127.0.0.1:8001", "::ffff:127.0.0.1"],
  ["[::1]:8001", "::1"],
  ["localhost", "127.0.0.53"],
])("%s from %s is this machine", (host, address) => {
  expect(isLocal(caller({ host }, address))).toBe(true);
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
])("%s is not", (_, who) => {
  expect(isLocal(who)).toBe(false);
});
