import { expect, test } from "vitest";
import { magicEnd } from "./magic.ts";

const text = (to: string, link = "BRQ1") => ({ to, body: `Hello! Pay here: https://club.example/reg_setup/${link}` });

test.each([
  ["+447700900800", { status: "delivered" }],
  ["+447700900801", { status: "sent", later: { status: "delivered", afterMs: 20_000 } }],
  ["+447700900802", { status: "sent" }],
  ["+447700900803", { status: "undelivered", errorCode: 30003 }],
  ["+447700900804", { status: "undelivered", errorCode: 30004 }],
  ["+447700900805", { status: "undelivered", errorCode: 30005 }],
  ["+447700900806", { status: "undelivered", errorCode: 30006 }],
  ["+447700900808", { status: "undelivered", errorCode: 30008 }],
  ["+447700900123", undefined],
])("a text to %s always ends the same way", (to, end) => {
  expect(magicEnd(text(to), [])).toEqual(end);
  if (to !== "+447700900808") expect(magicEnd(text(to), [text(to)])).toEqual(end);
});

test("the second text with a link to one number arrives; the first of another registration does not", () => {
  const to = "+447700900808";
  expect(magicEnd(text(to), [text(to)])).toEqual({ status: "delivered" });
  expect(magicEnd(text(to, "BRQ2"), [text(to), text("+447700900123", "BRQ2")])).toMatchObject({
    status: "undelivered",
  });
});
