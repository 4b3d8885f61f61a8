import { expect, test } from "vitest";
import { createLog, type Log } from "./log.ts";

const LEVELS = ["info", "warn", "error", "fatal"] as const;

const written = (least: string | undefined, use: (log: Log) => void): unknown[] => {
  const lines: unknown[] = [];
  use(createLog(least, (line) => lines.push(JSON.parse(line))));
  return lines;
};

test.each([
  [undefined, ["info", "warn", "error", "fatal"]],
  ["debug", ["info", "warn", "error", "fatal"]],
  ["warn", ["warn", "error", "fatal"]],
  ["error", ["error", "fatal"]],
  ["silent", []],
  ["no level at all", ["info", "warn", "error", "fatal"]],
])("with LOG_LEVEL %s, %j are written", (least, expected) => {
  const lines = written(least, (log) => {
    for (const level of LEVELS) log(level, "Happened.");
  });
  expect(lines.map((line) => (line as { level: string }).level)).toEqual(expected);
});

test("a line has a time, a level and a message", () => {
  const [line] = written("info", (log) => log("info", "Stopping.", { reason: "SIGTERM" }));
  expect(line).toEqual({ level: "info", time: expect.any(String), msg: "Stopping.", reason: "SIGTERM" });
});
