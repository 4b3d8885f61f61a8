import { expect, test } from "vitest";
import { createLimits, type LimitsOptions } from "./limits.ts";

/** Limits on a clock that the test moves. */
const limitsOf = (options: LimitsOptions) => {
  let ms = 0;
  const limits = createLimits(options, { monotonicMs: () => ms });
  const pass = (more: number) => {
    ms += more;
  };
  return { ...limits, pass };
};

test("the limit passes each minute; beyond it, the answer says how long to wait", () => {
  const limits = limitsOf({ perLink: 2, perAddress: 100, unknown: 100 });
  expect([limits.link("BRQ1"), limits.link("BRQ1")]).toEqual([undefined, undefined]);
  limits.pass(45_500);
  expect(limits.link("BRQ1")).toBe(15);
  expect(limits.link("BRQ2")).toBeUndefined();
  limits.pass(14_501);
  expect(limits.link("BRQ1")).toBeUndefined();
});

test("addresses, links and guesses count separately", () => {
  const limits = limitsOf({ perLink: 1, perAddress: 1, unknown: 1 });
  expect([limits.address("192.0.2.1"), limits.link("192.0.2.1"), limits.unknown()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(limits.address("192.0.2.2")).toBeUndefined();
  expect(limits.address("192.0.2.1")).toBe(60);
});

test("checking the limit on unknown links does not count towards it", () => {
  const limits = limitsOf({ perLink: 1, perAddress: 1, unknown: 1 });
  for (let i = 0; i < 5; i++) expect(limits.unknownReached()).toBeUndefined();
  expect(limits.unknown()).toBeUndefined();
  expect(limits.unknownReached()).toBeUndefined();
  expect(limits.unknown()).toBe(60);
  expect(limits.unknownReached()).toBe(60);
});

test("a flood of links cannot fill the memory: the oldest are dropped", () => {
  const limits = limitsOf({ perLink: 1, perAddress: 1, unknown: 1 });
  limits.link("first");
  expect(limits.link("first")).toBe(60);
  for (let i = 0; i < 20_000; i++) limits.link(`BRQ${i}`);
  expect(limits.link("first")).toBeUndefined();
  expect(limits.link("BRQ19999")).toBe(60);
});

test("one IPv6 network counts as one address, however it is written; another network is separate", () => {
  const limits = limitsOf({ perLink: 100, perAddress: 3, unknown: 100 });
  const written = ["2001:db8:1:2::1", "2001:db8:1:2:0:0:0:9", "2001:db8:1:2:a:b:c:d"];
  expect(written.map((ip) => limits.address(ip))).toEqual([undefined, undefined, undefined]);
  expect(limits.address("2001:db8:1:2:ffff::")).toBe(60);
  expect(limits.address("2001:db8:1:3::1")).toBeUndefined();
  expect(limits.address("2001:db8::1")).toBeUndefined();
});

test("an IPv4 address written as IPv6 counts by itself", () => {
  const limits = limitsOf({ perLink: 100, perAddress: 1, unknown: 100 });
  expect(limits.address("::ffff:192.0.2.1")).toBeUndefined();
  expect(limits.address("::ffff:192.0.2.2")).toBeUndefined();
  expect(limits.address("::ffff:192.0.2.1")).toBe(60);
});
