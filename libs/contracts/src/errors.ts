/** Every code that a `Fault` may have, explained for readers of the log. docs/errors.md says what to do. */
export const faultCodes = {
  event_store_unavailable: "EventStoreDB did not answer, or refused the connection.",
  event_store_timeout: "EventStoreDB did not answer in time; the append may or may not have happened.",
  contention: "Other processes kept appending to the same stream first.",
  nats_unavailable: "NATS did not acknowledge.",
  provider_unavailable: "Twilio or GoCardless did not answer, or reported an error of its own.",
  provider_rate_limited: "Twilio or GoCardless asked us to slow down.",
  view_unavailable: "The file of a view cannot be read or written.",
  not_yet: "This step depends on something that has not happened yet.",
} as const;

export type FaultCode = keyof typeof faultCodes;

/** A transient error: the same step may work later. Loops retry it with backoff; nothing else catches it. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;

  constructor(code: FaultCode, options?: { cause?: unknown; detail?: string }) {
    super(options?.detail ? `${faultCodes[code]} ${options.detail}` : faultCodes[code], { cause: options?.cause });
    this.code = code;
  }
}
