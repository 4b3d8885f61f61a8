import fc from "fast-check";
import { expect, test } from "vitest";
import { MalformedMessage, Reader, uintField, varintSize, writeVarint } from "./wire.ts";

test("integers are read as they were written", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const reader = new Reader(uintField(1, value));
      expect(reader.next()).toBe(8);
      expect(reader.uint64()).toBe(value);
      expect(reader.next()).toBe(0);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const out = Buffer.alloc(10);
      expect(writeVarint(out, 0, value)).toBe(varintSize(value));
      expect(new Reader(out).uint64()).toBe(BigInt(value));
    }),
  );
});

test("any bytes are read or refused, and never read beyond their end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const reader = new Reader(Buffer.from(bytes));
      try {
        for (let tag = reader.next(); tag !== 0; tag = reader.next()) reader.skip(tag);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }),
  );
});
