import { type ServiceError, status } from "@grpc/grpc-js";
import { detailsOf } from "@touchline/contracts";

/** Explains in words why a call to the registration service failed: each refused field with its code and words. */
export const explainRefusal = (error: ServiceError, target: string): Error => {
  const lines = detailsOf(error).fields.map(
    ({ field, reason, description }) => `  ${field}: ${reason}. ${description}`,
  );
  return new Error([`${headline(error, target)}${lines.length > 0 ? ":" : ""}`, ...lines].join("\n"), { cause: error });
};

const headline = ({ code, details }: ServiceError, target: string): string => {
  switch (code) {
    case status.UNAVAILABLE:
      return `No Touchline answers at ${target}. Start it (npm start or npm run demo), or say where it is with --target. (${details})`;
    case status.UNAUTHENTICATED:
      return "Touchline wants its GATEWAY_TOKEN: set it as the service has it, in .env or in the environment.";
    case status.INVALID_ARGUMENT:
      return "Touchline refused the registration, INVALID_ARGUMENT";
    default:
      return `Touchline answered ${status[code]}: ${details}`;
  }
};
