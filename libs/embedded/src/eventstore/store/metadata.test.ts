import { expect, test } from "vitest";
import { NO_METADATA, parseMetadata, SOFT_DELETED_JSON, withTruncateBefore } from "./metadata.ts";

test.each([
  ['{"$maxCount":3,"$maxAge":5,"$tb":7}', { softDeleted: false, maxCount: 3, maxAgeSeconds: 5, truncateBefore: 7 }],
  [SOFT_DELETED_JSON, { softDeleted: true }],
  ['{"$tb":9223372036854775806}', { softDeleted: false, truncateBefore: 2 ** 63 }],
  ['{"$tb":9223372036854775808}', NO_METADATA],
  ['{"$tb":-9223372036854775809}', NO_METADATA],
  ['{"$maxCount":0,"$maxAge":-1,"$tb":7}', { softDeleted: false, truncateBefore: 7 }],
  ['{"$maxCount":2,"$maxAge":0,"$tb":-1,"$cacheControl":0}', { softDeleted: false, maxCount: 2 }],
  ['{"$maxCount":2.0}', NO_METADATA],
  ['{"$maxCount":"2"}', NO_METADATA],
  ['{"$maxCount":null}', NO_METADATA],
  ['{"$maxCount":2,"$maxAge":"-1"}', NO_METADATA],
  ['{"$maxCount":2,"$tempStream":true,"$acl":{"$r":"a","$w":["b","c"],"$d":[]}}', { softDeleted: false, maxCount: 2 }],
  ['{"$maxCount":2,"$tempStream":1}', NO_METADATA],
  ['{"$maxCount":2,"$acl":null}', NO_METADATA],
  ['{"$maxCount":2,"$acl":["a"]}', NO_METADATA],
  ['{"$maxCount":2,"$acl":{"$r":null}}', NO_METADATA],
  ['{"$maxCount":2,"$acl":{"$w":["a",1]}}', NO_METADATA],
  ['{"$maxCount":2,"$acl":{"mine":"a"}}', NO_METADATA],
  ['{"mine":{"$maxCount":"nested"}}', NO_METADATA],
  ["[]", NO_METADATA],
  ["", NO_METADATA],
])("parseMetadata(%s)", (json, metadata) => {
  expect(parseMetadata(json)).toEqual(metadata);
});

test("withTruncateBefore leaves other keys and their numbers unchanged", () => {
  const json = '{"big":12345678901234567890,"nested":{"n":1.50},"$tb":9223372036854775807}';
  expect(withTruncateBefore(json, 4)).toBe('{"big":12345678901234567890,"nested":{"n":1.50},"$tb":4}');
  expect(withTruncateBefore("nonsense", 4)).toBeUndefined();
});
