import { expect, test } from "vitest";
import { scrub } from "./scrub.ts";

test.each([
  ["The 'To' number +447700900123 is not valid", "The 'To' number [phone] is not valid"],
  ["called 07700 900123 twice", "called [phone] twice"],
  ["from 00447700900123", "from [phone]"],
  ["mail sam.o@example.org now", "mail [email] now"],
  // What must stay readable: times, ids, positions.
  ['{"time":1763800000000,"position":"104857600"}', '{"time":1763800000000,"position":"104857600"}'],
  ["b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1", "b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1"],
  ["2026-11-22T11:16:26.000Z", "2026-11-22T11:16:26.000Z"],
])("%s", (text, expected) => {
  expect(scrub(text)).toBe(expected);
});
