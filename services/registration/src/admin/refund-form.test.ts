import { expect, test } from "vitest";
import { penceIn } from "./refund-form.ts";

test.each([
  ["27.50", 2_750],
  [" £45 ", 4_500],
  ["0.01", 1],
])("%j is %d pence", (text, pence) => expect(penceIn(text)).toBe(pence));

test.each(["", "27,50", "27.5", "-1", "1e3", "2750p", "1234567"])("%j is no amount", (text) => {
  expect(penceIn(text)).toBeNaN();
});
