import { readConfig } from "@touchline/service/env";
import { expect, test } from "vitest";
import { AddressError, parseAddress, readEventStoreUrl, showAddress, withoutLogin } from "./address.ts";

const one = { hosts: [{ host: "a", port: 2113 }], discover: false, tls: true, verifyCert: true };

test.each([
  ["esdb://a", one],
  ["esdb://A:2113/", one],
  ["kurrentdb://a:2113?", one],
  ["esdb://127.0.0.1:2113?tls=false", { ...one, hosts: [{ host: "127.0.0.1", port: 2113 }], tls: false }],
  ["esdb://[::1]:2114/?TLS=false", { ...one, hosts: [{ host: "::1", port: 2114 }], tls: false }],
  ["esdb+discover://a", { ...one, discover: true }],
  ["kurrentdb+discover://a", { ...one, discover: true }],
  [
    "kurrentdb://a:1,b:2,c?tlsVerifyCert=false&tlsCAFile=%2Fca%20file.pem",
    {
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
        { host: "c", port: 2113 },
      ],
      discover: true,
      tls: true,
      verifyCert: false,
      caFile: "/ca file.pem",
    },
  ],
  ["esdb://admin:p%40ss%3Aw%2Frd%3F@a", { ...one, login: { user: "admin", password: "p@ss:w/rd?" } }],
  ["esdb://admin:a@b:c@a", { ...one, login: { user: "admin", password: "a@b:c" } }],
  ["esdb://admin:a/b@a?tlsCAFile=c@d", { ...one, caFile: "c@d", login: { user: "admin", password: "a/b" } }],
  [
    "esdb://a?userCertFile=u.crt&userKeyFile=u.key&keepAliveInterval=10000&nodePreference=leader",
    { ...one, userCertFile: "u.crt", userKeyFile: "u.key" },
  ],
])("reads %s", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each([
  ["http://a", "must start with esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://"],
  ["a:2113", "must start with"],
  ["esdb://", "must have a host"],
  ["esdb://admin:se?cret@a", "must have a port"],
  ["esdb://a,b:x", "port from 1 to 65535 in host number 2"],
  ["esdb://a:70000", "port from 1 to 65535 in its host"],
  ["esdb://a,,b", "as host number 2"],
  ["esdb://secret@a", "user:password"],
  ["esdb://admin:50%secret@a", "% in the password"],
  ["esdb://a?tls=yes", "tls=true or tls=false"],
  ["esdb://a?secret=1", "option that Touchline does not know, number 1"],
])("names the part of %s that is wrong, and does not repeat it", (text, message) => {
  expect(() => parseAddress(text)).toThrow(AddressError);
  expect(() => parseAddress(text)).toThrow(message);
  expect(() => parseAddress(text)).not.toThrow("secret");
});

test("an address is shown without user, password and options", () => {
  expect(showAddress(parseAddress("esdb://admin:secret@a:1,[::1]:2?tls=false"))).toBe("a:1, [::1]:2");
});

test("a bad address is a violation of the configuration", () => {
  const read = (url: string) => readConfig({ EVENTSTORE_URL: url }, readEventStoreUrl);
  expect(read("esdb://a:1,b:2")).toBe("esdb://a:1,b:2");
  expect(() => read("esdb://admin:50%secret@a")).toThrow("EVENTSTORE_URL has a % in the password");
  expect(() => readConfig({}, readEventStoreUrl)).toThrow("EVENTSTORE_URL is missing.");
});

test.each([
  ["esdb://a:1?tls=false", "esdb://a:1?tls=false"],
  ["esdb+discover://admin:a/b@c@a:1,b:2?tlsCAFile=d@e", "esdb+discover://a:1,b:2?tlsCAFile=d@e"],
  ["nats://operator:secret@a:1,nats://operator:secret@b:2", "nats://b:2"],
  ["operator:secret@a:1", "a:1"],
])("without its login, %s becomes %s", (url, printed) => {
  expect(withoutLogin(url)).toBe(printed);
});
