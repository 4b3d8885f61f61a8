import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { repeatedFailuresOnce } from "./log-once.ts";

let lines: Record<string, unknown>[];
let minuteOver: (() => void)[];
let written: number;
beforeEach(() => {
  lines = [];
  minuteOver = [];
  written = 0;
});

const logger = () => {
  const after = (_: number, work: () => void) => {
    minuteOver.push(work);
    return () => {};
  };
  const write = (line: string) => {
    written += line.length;
    lines.push(JSON.parse(line));
  };
  return pino({ hooks: { logMethod: repeatedFailuresOnce({ after }) } }, { write });
};

const failure = (code: string) => Object.assign(new Error(`It failed at ${code}.`), { code });

test("a repeated failure is logged once, with one more line that says how often it happened", () => {
  const log = logger();
  for (let i = 0; i < 500; i++) log.warn({ err: failure("away"), correlationId: `r-${i}` }, "not handled");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ msg: "not handled", correlationId: "r-0", err: { stack: expect.any(String) } });
  for (const over of minuteOver) over();
  expect(lines[1]).toMatchObject({ msg: "not handled", repeated: 499, error: "Error away" });
  expect(written).toBeLessThan(20_000);
  log.warn({ err: failure("away") }, "not handled");
  expect(lines).toHaveLength(3);
});

test("a different failure, a different line of code, and a line without an error are each written", () => {
  const log = logger();
  log.warn({ err: failure("away") }, "not handled");
  log.warn({ err: failure("slow") }, "not handled");
  log.error({ err: failure("away") }, "not appended");
  log.info({ err: failure("away") }, "not handled");
  for (let i = 0; i < 3; i++) log.warn({ count: i }, "held");
  log.warn("plain");
  for (const defect of ["no such team", "no such season"]) log.error({ err: new TypeError(defect) }, "not folded");
  expect(lines).toHaveLength(10);
  for (const over of minuteOver) over();
  expect(lines).toHaveLength(10);
});

test("failures of child loggers are counted together", () => {
  const log = logger();
  for (let i = 0; i < 10; i++) log.child({ correlationId: `r-${i}` }).error({ err: failure("away") }, "not handled");
  expect(lines).toHaveLength(1);
});
