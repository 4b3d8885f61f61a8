import fc from "fast-check";
import { expect, test } from "vitest";
import { quietUntil } from "./index.ts";

const at = (iso: string) => new Date(iso);

test.each([
  ["a winter evening", "2026-01-10T21:00:00Z", "2026-01-11T08:00:00.000Z"],
  ["a summer evening, 21:00 in London", "2026-07-10T20:00:00Z", "2026-07-11T07:00:00.000Z"],
  ["a summer morning before eight", "2026-07-10T06:59:59Z", "2026-07-10T07:00:00.000Z"],
  ["the evening before clocks go forward", "2026-03-28T22:00:00Z", "2026-03-29T07:00:00.000Z"],
  ["the night when clocks go forward", "2026-03-29T00:30:00Z", "2026-03-29T07:00:00.000Z"],
  ["the evening before clocks go back", "2026-10-24T20:30:00Z", "2026-10-25T08:00:00.000Z"],
  ["the hour that comes twice", "2026-10-25T01:30:00Z", "2026-10-25T08:00:00.000Z"],
])("quiet: %s", (_, now, end) => {
  expect(quietUntil(at(now))?.toISOString()).toBe(end);
});

test.each(["2026-01-10T08:00:00Z", "2026-01-10T20:59:59Z", "2026-07-10T07:00:00Z", "2026-07-10T19:59:59Z"])(
  "not quiet at %s",
  (now) => {
    expect(quietUntil(at(now))).toBeUndefined();
  },
);

test("from any instant, quiet hours end at eight and are over then", () => {
  fc.assert(
    fc.property(fc.date({ min: at("2024-01-01"), max: at("2032-01-01"), noInvalidDate: true }), (now) => {
      const end = quietUntil(now);
      if (!end) return;
      expect(end.getTime()).toBeGreaterThan(now.getTime());
      expect(end.getTime() - now.getTime()).toBeLessThanOrEqual(12 * 3_600_000);
      expect(quietUntil(end)).toBeUndefined();
      expect(quietUntil(new Date(end.getTime() - 1))).toBeDefined();
    }),
  );
});
