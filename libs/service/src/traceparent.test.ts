import { expect, test } from "vitest";
import { logFields, readTraceparent } from "./traceparent.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test.each([
  [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`],
  [`00-${traceId}-${spanId}-00`, `00-${traceId}-${spanId}-00`],
  // Flags that we do not know are not handed on.
  [`00-${traceId}-${spanId}-ff`, `00-${traceId}-${spanId}-03`],
  // A later version is read as far as this one goes.
  [`cc-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`],
  [`cc-${traceId}-${spanId}-01-what-the-future-brings`, `00-${traceId}-${spanId}-01`],
])("%s is handed on as %s", (header, expected) => {
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
])("%s is no trace context", (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

test("a log line has the registration and the trace that it is about", () => {
  expect(logFields("r-1", `00-${traceId}-${spanId}-01`)).toEqual({ correlationId: "r-1", traceId });
  expect(logFields("r-1", "nonsense")).toEqual({ correlationId: "r-1" });
  expect(logFields(undefined)).toEqual({});
});
