import type { FastifyRequest } from "fastify";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLimits } from "./limits.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const from = (ip: string) => ({ ip }) as FastifyRequest;

test("so many a minute pass; then it is said when to come again, and the next minute is a new one", () => {
  const limits = createLimits({ perLink: 2, perAddress: 100, unknown: 100 });
  expect([limits.link("BRQ1"), limits.link("BRQ1")]).toEqual([undefined, undefined]);
  vi.advanceTimersByTime(45_500);
  expect(limits.link("BRQ1")).toBe(15);
  expect(limits.link("BRQ2")).toBeUndefined();
  vi.advanceTimersByTime(14_500);
  expect(limits.link("BRQ1")).toBeUndefined();
});

test("addresses, links and guesses count by themselves", () => {
  const limits = createLimits({ perLink: 1, perAddress: 1, unknown: 1 });
  expect([limits.address(from("192.0.2.1")), limits.link("192.0.2.1"), limits.unknown()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(limits.address(from("192.0.2.2"))).toBeUndefined();
  expect(limits.address(from("192.0.2.1"))).toBe(60);
});

test("asking whether somebody guesses does not count as a guess", () => {
  const limits = createLimits({ perLink: 1, perAddress: 1, unknown: 1 });
  for (let i = 0; i < 5; i++) expect(limits.guessed()).toBeUndefined();
  expect(limits.unknown()).toBeUndefined();
  expect(limits.guessed()).toBeUndefined();
  expect(limits.unknown()).toBe(60);
  expect(limits.guessed()).toBe(60);
});

test("a flood of links cannot fill the memory: the oldest are forgotten", () => {
  const limits = createLimits({ perLink: 1, perAddress: 1, unknown: 1 });
  limits.link("first");
  expect(limits.link("first")).toBe(60);
  for (let i = 0; i < 20_000; i++) limits.link(`BRQ${i}`);
  expect(limits.link("first")).toBeUndefined();
  expect(limits.link("BRQ19999")).toBe(60);
});

test("one network of IPv6 is one address, however it is written; another is another", () => {
  const limits = createLimits({ perLink: 100, perAddress: 3, unknown: 100 });
  const written = ["2001:db8:1:2::1", "2001:db8:1:2:0:0:0:9", "2001:db8:1:2:a:b:c:d"];
  expect(written.map((ip) => limits.address(from(ip)))).toEqual([undefined, undefined, undefined]);
  expect(limits.address(from("2001:db8:1:2:ffff::"))).toBe(60);
  expect(limits.address(from("2001:db8:1:3::1"))).toBeUndefined();
  expect(limits.address(from("2001:db8::1"))).toBeUndefined();
});

test("IPv4 written as IPv6 is still told apart by its address", () => {
  const limits = createLimits({ perLink: 100, perAddress: 1, unknown: 100 });
  expect(limits.address(from("::ffff:192.0.2.1"))).toBeUndefined();
  expect(limits.address(from("::ffff:192.0.2.2"))).toBeUndefined();
  expect(limits.address(from("::ffff:192.0.2.1"))).toBe(60);
});
