import type { Outcome } from "../sms/decide.ts";
import { classify, classifyHttpStatus, classifyTransportError, reasonFor } from "../sms/provider-codes.ts";
import type { Failure } from "../sms/retry.ts";

interface SdkError {
  /** HTTP status; both of the SDK's exceptions have it. */
  readonly status?: unknown;
  /** Twilio's number, or Node's word such as ECONNRESET. */
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: { readonly syscall?: unknown };
}

/** What an error of the SDK says about the text. What cannot be told for sure is unknown, never "not sent". */
export const readTwilioError = (error: unknown): Outcome => {
  const { status, code, syscall, cause, retryAfterMs } = error as SdkError;
  // A lower one is of an answer that broke off: it was about to say that Twilio has the text.
  if (typeof status === "number" && status >= 400) return readAnswer(status, Number(code) || 0, retryAfterMs);
  const word = typeof code === "string" ? code : "";
  // Whatever fails while connecting has sent nothing.
  const connecting = syscall === "connect" || cause?.syscall === "connect" || syscall === "getaddrinfo";
  if (connecting || classifyTransportError(word) === "safe_retry") {
    return refused({ code: word || "not_connected", class: "safe_retry", reason: "Twilio could not be reached." });
  }
  return { kind: "unknown", reason: `No readable answer from Twilio (${word || "unreadable"}).` };
};

const readAnswer = (status: number, code: number, retryAfterMs?: number): Outcome => {
  const known = classify(code);
  const failureClass = known === "unknown" ? classifyHttpStatus(status) : known;
  if (failureClass === "ambiguous")
    return { kind: "unknown", reason: `Twilio answered ${status} (${code || "no code"}).` };
  const reason = code ? reasonFor(code) : `Twilio answered ${status} without a code.`;
  return refused({
    code: code ? String(code) : `http_${status}`,
    class: failureClass,
    reason,
    ...(retryAfterMs && { retryAfterMs }),
  });
};

const refused = (failure: Failure): Outcome => ({ kind: "refused", failure });
