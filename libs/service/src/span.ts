type SpanKind = "server" | "client" | "producer" | "consumer";
/** Named by OpenTelemetry's semantic conventions. Never personal data or a payment link: a route instead of a URL. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** The parent's trace context. Without one, a new trace begins. */
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  /** Unix milliseconds; now by default. */
  readonly startedAt?: number;
}

export interface Span {
  /** The trace context for work within the span to pass on. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** Marks the span as failed. `type` is an error's code or class, never its message, which may quote a person. */
  fail(type: string): void;
  end(): void;
}

/** Creates spans. There is no ambient context: the code that starts a span passes its context on. */
export interface Tracing {
  start(span: SpanStart): Span;
}

/** The registration that a span belongs to; `correlationId` in logs. */
export const CORRELATION_ID = "touchline.correlation_id";
