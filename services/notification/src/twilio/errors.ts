import type { SendOutcome } from "../sms/decide.ts";
import type { Failure } from "../sms/provider.ts";
import { failureOf, failureOfAnswer } from "./codes.ts";

interface SdkError {
  /** HTTP status; both of the SDK's exceptions have it. */
  readonly status?: unknown;
  /** Twilio's number, or a Node code such as ECONNRESET. */
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: { readonly syscall?: unknown };
}

/** What an SDK error says about the text. Anything uncertain is unknown, never "not sent". */
export const readTwilioError = (error: unknown): SendOutcome => {
  const { status, code, syscall, cause, retryAfterMs } = error as SdkError;
  // A lower status comes from an answer that broke off: it was about to say that Twilio has the text.
  if (typeof status === "number" && status >= 400) return readAnswer(status, Number(code) || 0, retryAfterMs);
  const word = typeof code === "string" ? code : "";
  // A failure while connecting means that nothing was sent.
  const connecting = syscall === "connect" || cause?.syscall === "connect" || syscall === "getaddrinfo";
  const failure = failureOf(word || "unreadable");
  if (connecting) return refused({ ...failureOf("not_connected"), code: word || "not_connected" });
  return failure.class === "safe_retry" ? refused(failure) : { kind: "unknown", reason: failure.reason };
};

const readAnswer = (status: number, code: number, retryAfterMs?: number): SendOutcome => {
  const failure = failureOfAnswer(status, code);
  if (failure.class === "ambiguous")
    return { kind: "unknown", reason: `Twilio answered ${status} (${code || "no code"}).` };
  return refused({ ...failure, ...(retryAfterMs && { retryAfterMs }) });
};

const refused = (failure: Failure): SendOutcome => ({ kind: "refused", failure });
