import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { isSigned } from "./signature.ts";

const body = Buffer.from('{"events":[]}');
const right = createHmac("sha256", "secret").update(body).digest("hex");

test("only the right signature of exactly these bytes is accepted", () => {
  expect(isSigned(body, "secret", right)).toBe(true);
  expect(isSigned(body, "secret", right.toUpperCase())).toBe(true);
  expect(isSigned(Buffer.from('{"events": []}'), "secret", right)).toBe(false);
  expect(isSigned(body, "other", right)).toBe(false);
});

test.each([undefined, "", "x", right.slice(2), `${right}00`, `${right.slice(0, 62)}zz`, [right, right]])(
  "%j is refused",
  (header) => {
    expect(isSigned(body, "secret", header)).toBe(false);
  },
);
