import { expect, test } from "vitest";
import { scrub } from "./scrub.ts";

test.each([
  ["The 'To' number +447700900123 is not valid", "The 'To' number [phone] is not valid"],
  ["called 07700 900123 twice", "called [phone] twice"],
  ["from 00447700900123", "from [phone]"],
  ["mail sam.o@example.org now", "mail [email] now"],
  ["to 447700900123, once", "to [phone], once"],
  ["?To=%2B447700900123&x", "?To=[phone]&x"],
  // Times, ids and positions must stay readable.
  ['{"time":1763800000000,"position":"104857600"}', '{"time":1763800000000,"position":"104857600"}'],
  ["b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1", "b1946ac9-2f60-4dd4-a6f4-078b3a58e0c1"],
  ["b3764273-e001-4123-8456-78901234f8fd", "b3764273-e001-4123-8456-78901234f8fd"],
  ["sms-00123456-7890-4123-8456-789012345678", "sms-00123456-7890-4123-8456-789012345678"],
  ["at node_modules/@fastify/proxy/index.js:12:3", "at node_modules/@fastify/proxy/index.js:12:3"],
  ["2026-11-22T11:16:26.000Z", "2026-11-22T11:16:26.000Z"],
])("%s", (text, expected) => {
  expect(scrub(text)).toBe(expected);
});
