/** How W3C's trace context writes "none". */
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Sampled, and random trace id. Unknown flags are not passed on. */
const KNOWN_FLAGS = 3;

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** Parses a `traceparent` header by https://www.w3.org/TR/trace-context; undefined when it is malformed. */
export const parseTraceparent = (header: string | undefined): TraceContext | undefined => {
  const [, version, traceId, spanId, flags, more] = (header && HEADER.exec(header)) || [];
  if (!traceId || !spanId || !flags || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS };
};

export const formatTraceparent = ({ traceId, spanId, flags }: TraceContext): string =>
  `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;

/** The part of a client's header that may be kept and passed on; undefined when it is malformed. */
export const readTraceparent = (header: string | undefined): string | undefined => {
  const context = parseTraceparent(header);
  return context && formatTraceparent(context);
};

/** The fields in every log line about one registration. */
export const logFields = (
  correlationId: string | undefined,
  traceparent?: string,
): { readonly correlationId?: string; readonly traceId?: string } => {
  const traceId = parseTraceparent(traceparent)?.traceId;
  return { ...(correlationId && { correlationId }), ...(traceId && { traceId }) };
};
