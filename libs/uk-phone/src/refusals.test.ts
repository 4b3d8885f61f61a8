import { expect, test } from "vitest";
import { parseUkMobile } from "./parse-uk-mobile.ts";
import { PHONE_REFUSAL_CODES, PHONE_REFUSAL_MESSAGES } from "./refusals.ts";

test.each([
  [undefined, "too_short"],
  [null, "too_short"],
  [7911123456, "invalid_characters"],
  [447911123456n, "invalid_characters"],
  [Number.NaN, "invalid_characters"],
  [true, "invalid_characters"],
  [Symbol("07911123456"), "invalid_characters"],
  [["07911123456"], "invalid_characters"],
  [{ toString: () => "07911123456" }, "invalid_characters"],
  [new String("07911123456"), "invalid_characters"],
  [() => "07911123456", "invalid_characters"],
  [Object.create(null), "invalid_characters"],
])("anything but a string is refused without throwing (%#)", (input, code) => {
  expect(parseUkMobile(input as string)).toMatchObject({ ok: false, code });
});

test.each(PHONE_REFUSAL_CODES)("the message for %s says what to do, and cannot repeat a number", (code) => {
  const message = PHONE_REFUSAL_MESSAGES[code];
  expect(message).toMatch(/\b[Tt]ype /);
  expect(message).not.toMatch(/\d{3}/);
  expect(message.length).toBeLessThan(160);
});
