import { expect, test } from "vitest";
import { longestGapMs, reportOn, resumedAfterMs } from "./report.ts";

const played = [
  { kind: "leader killed", fromMs: 100, ledMs: 160, atWorkMs: 170, idle: [], toMs: 200 },
  { kind: "leader frozen", fromMs: 200, ledMs: 380, atWorkMs: 390, idle: [], toMs: 400 },
];

test("the longest time without a text counts against the fault that caused most of it", () => {
  const arrivals = [10, 90, 150, 390, 20, 500];
  expect(played.map((one) => longestGapMs(arrivals, one))).toEqual([60, 240]);
  expect(longestGapMs(arrivals, { kind: "", fromMs: 0, ledMs: 0, atWorkMs: 0, idle: [], toMs: 100 })).toBe(70);
});

test("the time until texts continue counts from when a node became the leader", () => {
  expect(played.map((one) => resumedAfterMs([10, 150, 390, 170], one))).toEqual([10, 10]);
  expect(resumedAfterMs([10], played[1] as (typeof played)[number])).toBeUndefined();
});

test.each<[string, [string, number[]][], string[], string[], string[], boolean]>([
  ["all is well", [["Qa", [10]]], ["Qa"], [], [], true],
  ["one is lost", [["Qa", [10]]], ["Qa", "Qb"], [], [], false],
  ["one was texted twice", [["Qa", [10, 20]]], ["Qa"], [], [], false],
  ["a process ended", [["Qa", [10]]], ["Qa"], ["relay-a (1)"], [], false],
  ["a link leads nowhere", [["Qa", [10]]], ["Qa"], [], ["payment-link-a: Qa: 503"], false],
  ["nothing was submitted", [], [], [], [], false],
])("when %s", (_name, texts, acknowledged, ended, afterwards, clean) => {
  expect(reportOn(played, new Map(texts), new Set(acknowledged), ended, afterwards).clean).toBe(clean);
});

test("an instance that stayed idle is not clean", () => {
  const idle = { kind: "", fromMs: 0, ledMs: 0, atWorkMs: 0, idle: ["relay-a"], toMs: 100 };
  expect(reportOn([idle], new Map([["Qa", [10]]]), new Set(["Qa"]), [], []).clean).toBe(false);
});
