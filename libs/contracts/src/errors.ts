/** Every code that a `Fault` may carry, with its meaning for a reader of the log. docs/errors.md says what to do. */
export const faultCodes = {
  event_store_unavailable: "EventStoreDB did not answer, or refused the connection.",
  event_store_timeout: "EventStoreDB took longer than the time-out; whether the append happened is unknown.",
  contention: "Others kept appending to the same stream first.",
  nats_unavailable: "NATS did not acknowledge.",
  provider_unavailable: "Twilio or GoCardless did not answer, or answered with an error of its own.",
  provider_rate_limited: "Twilio or GoCardless asked to slow down.",
  view_unavailable: "The file of a view cannot be read or written.",
  not_yet: "Something that this step needs has not happened yet.",
} as const;

export type FaultCode = keyof typeof faultCodes;

/** Transient: the same step may work later. Loops answer it with backoff; nothing else catches it. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;

  constructor(code: FaultCode, options?: { cause?: unknown; detail?: string }) {
    super(options?.detail ? `${faultCodes[code]} ${options.detail}` : faultCodes[code], { cause: options?.cause });
    this.code = code;
  }
}
