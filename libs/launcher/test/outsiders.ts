import { join } from "node:path";
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { connect, JSONCodec, type NatsConnection } from "nats";
import { root } from "./running.ts";

// What a stranger would write who has only `proto/` and the documentation: no code of Touchline's is used here.

type Call = (request: object, answer: (error: ServiceError | null, row: never) => void) => void;

export interface GrpcStranger {
  call<T = Record<string, unknown>>(method: string, request: object): Promise<T>;
  /** Watches a registration; resolves with the status that the stream ends with. */
  watched(registrationId: string): Promise<number>;
  close(): void;
}

export const grpcStranger = async (target: string): Promise<GrpcStranger> => {
  const definition = await load("touchline/registration/v1/registration.proto", {
    includeDirs: [join(root, "proto")],
    keepCase: true,
    defaults: true,
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape comes from the file.
  const { RegistrationService } = (loadPackageDefinition(definition) as any).touchline.registration.v1;
  const client = new RegistrationService(target, credentials.createInsecure()) as Client & Record<string, Call>;
  const watchable = client as unknown as { watchRegistration(request: object): ClientReadableStream<object> };
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client[method]?.(request, (error, row) => (error ? reject(error) : resolve(row)));
      }),
    watched: (registrationId) =>
      new Promise((resolve) => {
        const stream = watchable.watchRegistration({ registration_id: registrationId });
        stream.on("data", () => {});
        stream.on("error", (error) => resolve((error as ServiceError).code));
        stream.on("end", () => resolve(0));
      }),
    close: () => client.close(),
  };
};

export interface NatsStranger {
  register(registration: object): Promise<void>;
  /** Refusals so far. */
  readonly refusals: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export const natsStranger = async (url: string): Promise<NatsStranger> => {
  const connection: NatsConnection = await connect({ servers: url });
  const codec = JSONCodec<Record<string, unknown>>();
  const refusals: Record<string, unknown>[] = [];
  connection.subscribe("chat.registration.refused.v1", {
    callback: (_error, message) => void refusals.push(codec.decode(message.data)),
  });
  return {
    register: async (registration) => {
      await connection
        .jetstream()
        .publish("chat.registration.completed.v1", codec.encode(registration as Record<string, unknown>));
    },
    refusals,
    close: () => connection.close(),
  };
};
