import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Fault, faultCodes } from "./errors.ts";

test("docs/errors.md lists every code, and no others", () => {
  const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(new Set(documented)).toEqual(new Set(Object.keys(faultCodes)));
  expect(documented).toHaveLength(Object.keys(faultCodes).length);
});

test("a fault says what it means and keeps its cause", () => {
  const cause = new Error("refused");
  expect(new Fault("contention", { cause, detail: "(sms, 32 times)" })).toMatchObject({
    name: "Fault",
    code: "contention",
    message: `${faultCodes.contention} (sms, 32 times)`,
    cause,
  });
});
