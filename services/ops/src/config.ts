import { join, resolve } from "node:path";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { type NatsAddress, readNats } from "@touchline/messaging/address";
import { operatorsPath } from "@touchline/registration/people";
import { readConfig } from "@touchline/service";

/** Addresses and folders, with the names and defaults of `npm start`. */
export interface OpsConfig {
  readonly eventStoreUrl: string;
  readonly nats: NatsAddress;
  /** host:port of the registration service's gRPC. */
  readonly grpcTarget: string;
  readonly gatewayToken: string | undefined;
  /** The token of the person who runs the command. */
  readonly operatorToken: string | undefined;
  readonly operatorsPath: string;
  readonly dataDir: string;
  /** Of the event store that `npm start` runs by itself. */
  readonly embeddedStoreFolder: string;
}

export const opsConfig = (env: NodeJS.ProcessEnv): OpsConfig =>
  readConfig(env, (read) => {
    const port = (name: string, fallback: number) => read.integer(name, { fallback, min: 1, max: 65_535 });
    const dataDir = resolve(read.text("DATA_DIR", "data"));
    return {
      eventStoreUrl: readEventStoreUrl(read, `esdb://127.0.0.1:${port("EVENTSTORE_PORT", 2113)}?tls=false`),
      nats: readNats(read, `nats://127.0.0.1:${port("NATS_PORT", 4222)}`),
      grpcTarget: read.text("REGISTRATION_GRPC_URL", `127.0.0.1:${port("GRPC_PORT", 50_051)}`),
      gatewayToken: read.optional("GATEWAY_TOKEN"),
      operatorToken: read.optional("TOUCHLINE_OPERATOR_TOKEN"),
      operatorsPath: operatorsPath(read, dataDir),
      dataDir,
      embeddedStoreFolder: join(dataDir, "eventstore"),
    };
  });
