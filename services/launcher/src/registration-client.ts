import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ClientReadableStream,
  credentials,
  Metadata,
  makeClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import {
  type CompleteRegistrationRequest,
  CompleteRegistrationRequestSchema,
  type CompleteRegistrationResponse,
  grpcServiceDefinition,
  type Registration,
  RegistrationService,
} from "@touchline/contracts";
import { explainRefusal } from "./refusal.ts";

const Client = makeClientConstructor(grpcServiceDefinition(RegistrationService), RegistrationService.typeName);

/** The calls of the chat gateway that the demo and `lah` need. */
export interface RegistrationClient {
  /** Resolves once the channel is open, as a gateway's always is. */
  connected(): Promise<void>;
  /** Rejects with an error for people: what was refused, or what to do. */
  complete(request: MessageInitShape<typeof CompleteRegistrationRequestSchema>): Promise<CompleteRegistrationResponse>;
  watch(registrationId: string, signal: AbortSignal): AsyncIterable<Registration>;
  close(): void;
}

export const connectRegistration = (target: string, token?: string): RegistrationClient => {
  const client = new Client(target, credentials.createInsecure());
  const metadata = new Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  return {
    connected: () =>
      new Promise((resolve, reject) =>
        client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve())),
      ),
    complete: (request) =>
      new Promise((resolve, reject) => {
        const message: CompleteRegistrationRequest = create(CompleteRegistrationRequestSchema, request);
        client.completeRegistration?.(
          message,
          metadata,
          (error: ServiceError | null, answer: CompleteRegistrationResponse) =>
            error ? reject(explainRefusal(error, target)) : resolve(answer),
        );
      }),
    watch: async function* (registrationId, signal) {
      const call = client.watchRegistration?.(
        { registrationId, afterPosition: "" },
        metadata,
      ) as ClientReadableStream<Registration>;
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        yield* call as AsyncIterable<Registration>;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", cancel);
        call.cancel();
      }
    },
    close: () => client.close(),
  };
};
