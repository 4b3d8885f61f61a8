import { expect, test } from "vitest";
import { tooOld } from "./known-good.ts";

const cluster = "touchline";

test.each(["2.9.10", "2.11.15", "2.11.2", "1.99.99"])(
  "a cluster of %s is too old, and the warning names the runbook",
  (version) => {
    expect(tooOld({ version, cluster })).toMatch(new RegExp(`NATS ${version} is older than .*nats-cluster.md`));
  },
);

test.each(["2.11.16", "2.11.20", "2.12.0", "2.14.0-RC.1", "3.0.0"])("a cluster of %s is new enough", (version) => {
  expect(tooOld({ version, cluster })).toBeUndefined();
});

test("a single server may be of any version", () => {
  expect(tooOld({ version: "2.9.10" })).toBeUndefined();
  expect(tooOld(undefined)).toBeUndefined();
});
