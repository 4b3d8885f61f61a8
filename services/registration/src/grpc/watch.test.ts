import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { readPosition } from "./watch.ts";

test.each([
  ["", -1n],
  ["0", 0n],
  ["9223372036854775807", 9_223_372_036_854_775_807n],
])("'%s' is a position", (text, position) => {
  expect(readPosition(text)).toBe(position);
});

test.each(["abc", "-1", "1.5", "9223372036854775808", "9999999999999999999", "10000000000000000000"])(
  "%s is refused, although some are as long as a position",
  (text) => {
    expect(() => readPosition(text)).toThrow(expect.objectContaining({ code: status.INVALID_ARGUMENT }));
  },
);
