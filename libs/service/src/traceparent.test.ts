import { expect, test } from "vitest";
import { logFields, readTraceparent } from "./traceparent.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test.each([
  [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`],
  [`00-${traceId}-${spanId}-00`, `00-${traceId}-${spanId}-00`],
  // Unknown flags are not passed on.
  [`00-${traceId}-${spanId}-ff`, `00-${traceId}-${spanId}-03`],
  // A later version is read as if it were this one.
  [`cc-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`],
  [`cc-${traceId}-${spanId}-01-what-the-future-brings`, `00-${traceId}-${spanId}-01`],
])("%s is passed on as %s", (header, expected) => {
  expect(readTraceparent(header)).toBe(expected);
});

test.each([
  undefined,
  "",
  "Zoë O'Neill",
  "00-1-2-01",
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${"0".repeat(32)}-${spanId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  ` 00-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
])("%s is not a trace context", (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

test("a log line names its registration and its trace", () => {
  expect(logFields("r-1", `00-${traceId}-${spanId}-01`)).toEqual({ correlationId: "r-1", traceId });
  expect(logFields("r-1", "nonsense")).toEqual({ correlationId: "r-1" });
  expect(logFields(undefined)).toEqual({});
});
