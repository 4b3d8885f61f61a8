import type { Answer } from "../stand-in/answer.ts";

type ErrorType = "validation_failed" | "invalid_state" | "invalid_api_usage" | "gocardless";

export type ErrorDetail = {
  readonly message: string;
  readonly reason?: string;
  readonly field?: string;
  readonly request_pointer?: string;
  readonly links?: Readonly<Record<string, string>>;
};

/** Why a request is refused, before it is worded as an answer. */
export type Refusal = {
  readonly refused: true;
  readonly status: number;
  readonly type: ErrorType;
  readonly message: string;
  readonly errors: readonly ErrorDetail[];
};

const refusal = (status: number, type: ErrorType, message: string, errors: readonly ErrorDetail[]): Refusal => ({
  refused: true,
  status,
  type,
  message,
  errors,
});

export const usage = (status: number, reason: string, message: string): Refusal =>
  refusal(status, "invalid_api_usage", message, [{ reason, message }]);

export const notFound = (message = "Resource not found"): Refusal => usage(404, "resource_not_found", message);

export const invalidState = (reason: string, message: string, links?: Record<string, string>): Refusal =>
  refusal(422, "invalid_state", message, [{ reason, message, ...(links === undefined ? {} : { links }) }]);

export const idempotencyConflict = (conflictingResourceId: string): Refusal => {
  const message = "A resource has already been created with this idempotency key";
  const links = { conflicting_resource_id: conflictingResourceId };
  return refusal(409, "invalid_state", message, [{ reason: "idempotent_creation_conflict", message, links }]);
};

export const validationFailed = (errors: readonly ErrorDetail[]): Refusal =>
  refusal(422, "validation_failed", "Validation failed", errors);

export const isRefusal = (value: object): value is Refusal => "refused" in value;

export const refusalAnswer = (refused: Refusal, requestId: string): Answer => ({
  status: refused.status,
  body: {
    error: {
      message: refused.message,
      documentation_url: `https://developer.gocardless.com/api-reference#${refused.errors[0]?.reason ?? refused.type}`,
      type: refused.type,
      request_id: requestId,
      code: refused.status,
      errors: refused.errors,
    },
  },
});

/** GoCardless's error when only an HTTP status is forced. */
export const statusBody = (status: number, requestId: string): unknown => {
  if (status === 429) return refusalAnswer(usage(429, "rate_limit_exceeded", "Rate limit exceeded"), requestId).body;
  const message = status === 503 ? "Service unavailable" : "Uh-oh, something went wrong";
  const reason = status === 503 ? "service_unavailable" : "internal_server_error";
  return refusalAnswer(refusal(status, "gocardless", message, [{ reason, message }]), requestId).body;
};

const forced: Readonly<Record<string, () => Refusal>> = {
  invalid_state: () => invalidState("invalid_state", "forced by the sandbox"),
  mandate_is_inactive: () => invalidState("mandate_is_inactive", "Mandate is inactive"),
  refund_payment_invalid_state: () => invalidState("refund_payment_invalid_state", "forced by the sandbox"),
  available_refund_amount_insufficient: () =>
    invalidState("available_refund_amount_insufficient", "Your balance is not sufficient for this refund"),
  validation_failed: () =>
    validationFailed([{ field: "base", message: "forced by the sandbox", request_pointer: "/" }]),
  resource_not_found: () => notFound(),
  insufficient_permissions: () => usage(403, "insufficient_permissions", "Insufficient permissions"),
  access_token_revoked: () => usage(401, "access_token_revoked", "The access token has been revoked"),
};

/** Refuses for a forced reason; an unknown one is taken as GoCardless's own fault. */
export const forcedAnswer = (code: number | string, requestId: string): Answer => {
  const made = forced[String(code)];
  return made === undefined ? { status: 500, body: statusBody(500, requestId) } : refusalAnswer(made(), requestId);
};
