import { Fault, scrub } from "@touchline/contracts";
import * as sdk from "gocardless-nodejs/errors";

/** An answer that is neither a success nor a fault. */
export type Problem =
  | { readonly kind: "conflict"; readonly id: string }
  | { readonly kind: "invalid_state"; readonly code: string; readonly reason: string }
  | { readonly kind: "not_found" }
  /** Our access token, or our account, may not do this. */
  | { readonly kind: "forbidden"; readonly code: string; readonly reason: string }
  | { readonly kind: "refused"; readonly type: string; readonly code: string; readonly reason: string };

/** Carries a problem through a guard, which must not mistake it for an outage. */
export class ProblemAnswer extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.kind);
    this.problem = problem;
  }
}

interface SdkError {
  readonly errorType?: string;
  readonly code?: unknown;
  readonly statusCode?: number | null;
  readonly response?: { readonly statusCode?: number; readonly headers?: Record<string, unknown> };
  readonly errors?: readonly { readonly field?: string; readonly reason?: string; readonly message?: string }[];
}

/** Sorts what the SDK throws: a `Fault` is transient, a problem is not. */
export const problemOf = (error: unknown): Problem | Fault => {
  if (error instanceof Fault) return error;
  if (error instanceof sdk.IdempotentCreationConflictError && error.conflictingResourceId) {
    return { kind: "conflict", id: error.conflictingResourceId };
  }
  const { errorType, response, statusCode } = error as SdkError;
  const status = response?.statusCode ?? statusCode ?? undefined;
  if (error instanceof sdk.MalformedResponseError || status === undefined || status >= 500) return away(error, status);
  if (status === 429) return slowDown(error, response?.headers);
  // A fault, so that we ask again once an operator has fixed it.
  if (status === 401) return away(error, status, "GoCardless refuses our access token.");
  if (status === 403) return { kind: "forbidden", ...whyOf(error as SdkError) };
  if (status === 404 || status === 410) return { kind: "not_found" };
  if (status === 408 || status === 425) return away(error, status);
  if (errorType === "invalid_state" || (status === 409 && errorType !== "validation_failed")) {
    return { kind: "invalid_state", ...whyOf(error as SdkError) };
  }
  return { kind: "refused", type: errorType ?? `http_${status}`, ...whyOf(error as SdkError) };
};

const away = (error: unknown, status: number | undefined, detail?: string): Fault =>
  new Fault("provider_unavailable", {
    cause: nameOf(error),
    detail: detail ?? (status === undefined ? "(GoCardless, no answer)" : `(GoCardless, HTTP ${status})`),
  });

/** GoCardless asked us to slow down. */
export class SlowDown extends Fault {
  /** How long to leave it alone. */
  readonly waitMs: number;
  constructor(cause: string, waitMs: number) {
    const seconds = Math.ceil(waitMs / 1_000);
    super("provider_rate_limited", { cause, detail: `(GoCardless is left alone for ${seconds} s)` });
    this.waitMs = waitMs;
  }
}

const SLOW_DOWN_MS = { usual: 5_000, longest: 60_000 } as const;

/** Its limit counts by the minute. `ratelimit-reset` is a time on its own clock, as the answer's `date` is. */
const slowDown = (error: unknown, headers: Record<string, unknown> = {}): SlowDown => {
  const timeOf = (name: string) => Date.parse(String(headers[name]));
  const waitMs = Number(headers["retry-after"]) * 1_000 || timeOf("ratelimit-reset") - timeOf("date");
  const isPlausible = waitMs >= 0 && waitMs <= SLOW_DOWN_MS.longest;
  return new SlowDown(nameOf(error), isPlausible ? waitMs : SLOW_DOWN_MS.usual);
};

/**
 * The SDK's errors contain the whole request, with our token in its headers, and parts of the answer. Only the name and code are
 * kept.
 */
const nameOf = (error: unknown): string => {
  const { name = "Error", code } = error as { name?: string; code?: unknown };
  return typeof code === "string" ? `${name} ${code}` : name;
};

/** `code`: GoCardless's own, if it gives one. */
const whyOf = ({ errors = [] }: SdkError): { readonly code: string; readonly reason: string } => {
  const words = errors.map(({ field, reason, message }) => `${field ?? reason ?? ""} ${message ?? ""}`.trim());
  const reason = scrub(words.join("; ") || "no reason given").slice(0, 500);
  return { code: errors[0]?.reason ?? "", reason };
};
