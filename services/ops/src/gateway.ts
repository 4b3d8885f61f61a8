import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { credentials, Metadata, makeClientConstructor, type ServiceError, status } from "@grpc/grpc-js";
import {
  CancelRegistrationRequestSchema,
  type CancelRegistrationResponse,
  CorrectParentPhoneRequestSchema,
  type CorrectParentPhoneResponse,
  detailsOf,
  EraseRegistrationRequestSchema,
  type EraseRegistrationResponse,
  grpcServiceDefinition,
  ListRegistrationsRequestSchema,
  type ListRegistrationsResponse,
  RegistrationService,
  ResendPaymentLinkRequestSchema,
  type ResendPaymentLinkResponse,
} from "@touchline/contracts";
import type { OpsConfig } from "./config.ts";
import { Problem } from "./problem.ts";

type Init<D extends DescMessage> = Omit<MessageInitShape<D>, "$typeName">;

/** The calls that operators make. Each rejects with a `Problem` that says what to do. */
export interface Gateway {
  list(request: Init<typeof ListRegistrationsRequestSchema>): Promise<ListRegistrationsResponse>;
  resend(request: Init<typeof ResendPaymentLinkRequestSchema>): Promise<ResendPaymentLinkResponse>;
  correctPhone(request: Init<typeof CorrectParentPhoneRequestSchema>): Promise<CorrectParentPhoneResponse>;
  cancel(request: Init<typeof CancelRegistrationRequestSchema>): Promise<CancelRegistrationResponse>;
  erase(request: Init<typeof EraseRegistrationRequestSchema>): Promise<EraseRegistrationResponse>;
}

const Client = makeClientConstructor(grpcServiceDefinition(RegistrationService), RegistrationService.typeName);
const DEADLINE_MS = 10_000;

/** Opens a channel for `use`, and closes it afterwards. */
export const withGateway = async <T>(config: OpsConfig, use: (gateway: Gateway) => Promise<T>): Promise<T> => {
  const client = new Client(config.grpcTarget, credentials.createInsecure());
  const metadata = new Metadata();
  if (config.gatewayToken) metadata.set("authorization", `Bearer ${config.gatewayToken}`);
  const call = <Response>(method: string, schema: DescMessage, request: object) =>
    new Promise<Response>((resolve, reject) => {
      client[method]?.(
        create(schema, request as never),
        metadata,
        { deadline: Date.now() + DEADLINE_MS },
        (error: ServiceError | null, answer: Response) => (error ? reject(problemOf(error, config)) : resolve(answer)),
      );
    });
  try {
    return await use({
      list: (request) => call("listRegistrations", ListRegistrationsRequestSchema, request),
      resend: (request) => call("resendPaymentLink", ResendPaymentLinkRequestSchema, request),
      correctPhone: (request) => call("correctParentPhone", CorrectParentPhoneRequestSchema, request),
      cancel: (request) => call("cancelRegistration", CancelRegistrationRequestSchema, request),
      erase: (request) => call("eraseRegistration", EraseRegistrationRequestSchema, request),
    });
  } finally {
    client.close();
  }
};

const problemOf = (error: ServiceError, { grpcTarget, gatewayToken }: OpsConfig): Problem => {
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
        gatewayToken ? "GATEWAY_TOKEN differs from the service's." : "Set GATEWAY_TOKEN to the service's.",
      );
    case status.NOT_FOUND:
      return new Problem(error.details, "Find its id with: npm run ops -- list, or: npm run ops -- timeline <phone>");
    case status.INVALID_ARGUMENT:
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

/** What google.rpc's details add: each faulty field, or when to come again. */
const adviceIn = (error: ServiceError): string | undefined => {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Uint8Array)) return undefined;
  const { fields, retryAfterMs } = detailsOf(bytes);
  const found = fields.map((v) => `${v.field}: ${v.description}`);
  if (retryAfterMs !== undefined) found.push(`Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`);
  return found.length > 0 ? found.join("\n") : undefined;
};
