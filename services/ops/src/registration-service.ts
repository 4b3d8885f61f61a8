import { type ServiceError, status } from "@grpc/grpc-js";
import { actors, detailsOf } from "@touchline/contracts";
import { connectRegistrationClient, type RegistrationClient } from "@touchline/contracts/client";
import type { OpsConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";

const TIMEOUT_MS = 10_000;

/** Opens a channel to the registration service for `use`, and closes it afterwards. A failed call becomes a `Problem`. */
export const withRegistrationService = async <T>(
  context: Pick<Context, "config" | "runtime">,
  use: (service: RegistrationClient) => Promise<T>,
): Promise<T> => {
  const config = context.config();
  const token = config.operatorToken ?? config.gatewayToken;
  const options = { token, actor: actors.localCli, timeoutMs: TIMEOUT_MS, now: context.runtime.now };
  const service = connectRegistrationClient(config.grpcTarget, options);
  try {
    return await use(service);
  } catch (error) {
    throw isServiceError(error) ? problemOf(error, config) : error;
  } finally {
    service.close();
  }
};

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && "code" in error && "details" in error && "metadata" in error;

const problemOf = (error: ServiceError, { grpcTarget, gatewayToken, operatorToken }: OpsConfig): Problem => {
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return new Problem(
        `The registration service at ${grpcTarget} does not answer.`,
        "Start Touchline (npm start), or set GRPC_PORT or REGISTRATION_GRPC_URL to where it is. timeline needs only the event store.",
      );
    case status.UNAUTHENTICATED:
      return new Problem(
        "The registration service refused the token.",
        operatorToken
          ? "TOUCHLINE_OPERATOR_TOKEN was withdrawn, or is not one of this club's."
          : gatewayToken
            ? `GATEWAY_TOKEN differs from the service's. ${ownToken}`
            : ownToken,
      );
    case status.PERMISSION_DENIED:
      return new Problem(error.details, operatorToken ? "Ask somebody whose role allows it." : ownToken);
    case status.NOT_FOUND:
      return new Problem(error.details, "Find its id with: npm run ops -- list, or: npm run ops -- timeline <phone>");
    case status.INVALID_ARGUMENT:
    case status.ALREADY_EXISTS:
    case status.FAILED_PRECONDITION:
    case status.RESOURCE_EXHAUSTED:
      return new Problem(error.details, adviceIn(error));
    default:
      return new Problem(
        `The registration service answered ${status[error.code]}: ${error.details}`,
        "Its log says more.",
      );
  }
};

const ownToken =
  "Set TOUCHLINE_OPERATOR_TOKEN to a token of your own: npm run ops -- operators add makes one, where the service runs.";

/** Lines from the error's google.rpc details: each field's violation, or when to try again. */
const adviceIn = (error: ServiceError): string | undefined => {
  const { fields, retryAfterMs } = detailsOf(error);
  const found = fields.map((v) => `${v.field}: ${v.description}`);
  if (retryAfterMs !== undefined) found.push(`Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`);
  return found.length > 0 ? found.join("\n") : undefined;
};
