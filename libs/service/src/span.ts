type SpanKind = "server" | "client" | "producer" | "consumer";
/** By OpenTelemetry's semantic conventions. Never personal data, and no link to pay: a route in place of a URL. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** The trace context that it belongs under; without one a trace begins. */
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  /** Unix milliseconds; now, when absent. */
  readonly startedAt?: number;
}

export interface Span {
  /** What happens within the span hands this on. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** It ended badly. `type` is a code or a class of errors, never their words: those may quote a person. */
  fail(type: string): void;
  end(): void;
}

/** Makes spans. Nothing is ambient: who starts a span hands its context on. */
export interface Tracing {
  start(span: SpanStart): Span;
}

/** The registration that a span belongs to, as `correlationId` in logs. */
export const CORRELATION_ID = "touchline.correlation_id";
