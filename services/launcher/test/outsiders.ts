import { join } from "node:path";
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { root } from "@touchline/testing/stack";
import { connect, JSONCodec, type NatsConnection, headers as natsHeaders } from "nats";

// What an outsider would write from `proto/` and the documentation alone. No code of Touchline's is used here.

type Call = (request: object, metadata: Metadata, answer: (error: ServiceError | null, row: never) => void) => void;

type Headers = Readonly<Record<string, string>>;

export interface GrpcStranger {
  call<T = Record<string, unknown>>(method: string, request: object, headers?: Headers): Promise<T>;
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
    call: (method, request, headers = {}) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        client[method]?.(request, metadata, (error, row) => (error ? reject(error) : resolve(row)));
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
  register(registration: object, headers?: Headers): Promise<void>;
  /** Publishes any bytes where registrations are submitted. */
  publish(payload: Uint8Array | string, headers?: Headers): Promise<void>;
  /** Refusals so far. */
  readonly refusals: readonly Record<string, unknown>[];
  /** Whether JetStream answers for both streams. With several servers, streams need leaders. */
  isLed(): Promise<boolean>;
  close(): Promise<void>;
}

export const natsStranger = async (url: string): Promise<NatsStranger> => {
  const connection: NatsConnection = await connect({ servers: url.split(","), maxReconnectAttempts: -1 });
  const codec = JSONCodec<Record<string, unknown>>();
  const refusals: Record<string, unknown>[] = [];
  connection.subscribe("chat.registration.refused.v1", {
    callback: (_error, message) => void refusals.push(codec.decode(message.data)),
  });
  const publish: NatsStranger["publish"] = async (payload, given = {}) => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    await connection.jetstream().publish("chat.registration.completed.v1", payload, { headers });
  };
  return {
    publish,
    register: (registration, headers) => publish(codec.encode(registration as Record<string, unknown>), headers),
    refusals,
    isLed: async () => {
      try {
        const jsm = await connection.jetstreamManager({ timeout: 2_000 });
        const infos = [await jsm.streams.info("CHAT"), await jsm.streams.info("EVENTS")];
        return infos.every(({ cluster }) => cluster === undefined || Boolean(cluster.leader));
      } catch {
        return false;
      }
    },
    close: () => connection.close(),
  };
};
