import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { GoCardlessClient } from "gocardless-nodejs";
import { Environments } from "gocardless-nodejs/constants";

export interface GoCardlessOptions {
  readonly accessToken: string;
  readonly environment: "sandbox" | "live";
  /** For stand-ins; the default is GoCardless's own. */
  readonly baseUrl?: string | undefined;
  /** For one request, including connecting. */
  readonly timeoutMs: number;
}

/** Private parts of the SDK. It has no options for base URL and time-out, and the `got` under it retries GETs by itself. */
interface PrivateApi {
  _baseUrl: string;
  createRequestOptions: (...args: unknown[]) => Record<string, unknown>;
}

/**
 * The other side may close a kept-open connection just as we use it again. A retry is safe for creates, which have the same
 * Idempotency-Key, and for setting an amount.
 */
const onceAfterReset = {
  limit: 1,
  methods: ["GET", "POST", "PUT"],
  errorCodes: ["ECONNRESET", "EPIPE"],
  statusCodes: [],
  calculateDelay: ({ computedValue }: { computedValue: number }) => (computedValue > 0 ? 20 : 0),
};

/** The host; without a base URL, the SDK's own. */
export const goCardlessHost = ({
  environment,
  baseUrl,
}: Pick<GoCardlessOptions, "environment" | "baseUrl">): string => {
  if (baseUrl) return new URL(baseUrl).hostname;
  return environment === "live" ? "api.gocardless.com" : "api-sandbox.gocardless.com";
};

/** The SDK's client with a time-out and kept-open connections, without its hidden retries. */
export const goCardlessClient = (options: GoCardlessOptions): GoCardlessClient => {
  const { accessToken, environment, baseUrl, timeoutMs } = options;
  const agents = { keepAlive: true, maxSockets: 64, timeout: 30_000 };
  const client = new GoCardlessClient(
    accessToken,
    environment === "live" ? Environments.Live : Environments.Sandbox,
    // Without this option, a conflict on a flow ends in a TypeError.
    { raiseOnIdempotencyConflict: true, proxy: { http: new HttpAgent(agents), https: new HttpsAgent(agents) } },
  );
  const api: Partial<PrivateApi> | undefined = Reflect.get(client, "_api");
  if (typeof api?._baseUrl !== "string" || typeof api.createRequestOptions !== "function") {
    throw new TypeError(
      "gocardless-nodejs has renamed its private fields, so the base URL and time-out cannot be set.",
    );
  }
  if (baseUrl) api._baseUrl = baseUrl;
  const original = api.createRequestOptions.bind(api);
  api.createRequestOptions = (...args) => ({
    ...original(...args),
    timeout: { request: timeoutMs },
    retry: onceAfterReset,
    hooks: { beforeError: [giveErrorsTheirShape] },
  });
  return client;
};

const typesByStatus = (status: number): string => (status >= 500 ? "gocardless" : "invalid_api_usage");

/** GoCardless sometimes answers `{"error": "text"}` or nothing. The SDK would lose the status of such an answer. */
const giveErrorsTheirShape = <E extends { response?: { statusCode: number; body: unknown } }>(error: E): E => {
  const { response } = error;
  if (!response) return error;
  const reported = (response.body as { error?: unknown } | undefined)?.error;
  if (typeof reported === "object" && reported !== null && Array.isArray((reported as { errors?: unknown }).errors)) {
    return error;
  }
  const { statusCode } = response;
  const known = typeof reported === "object" && reported !== null ? reported : {};
  const text = typeof reported === "string" ? reported : "";
  response.body = { error: { type: typesByStatus(statusCode), message: text, code: statusCode, errors: [], ...known } };
  return error;
};
