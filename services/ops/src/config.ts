import { join, resolve } from "node:path";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { readConfig } from "@touchline/service";

/** Where things are; the names and defaults are those of `npm start`. */
export interface OpsConfig {
  readonly eventStoreUrl: string;
  readonly natsUrl: string;
  /** host:port of the registration service's gRPC. */
  readonly grpcTarget: string;
  readonly gatewayToken: string | undefined;
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
      natsUrl: read.text("NATS_URL", `nats://127.0.0.1:${port("NATS_PORT", 4222)}`),
      grpcTarget: read.text("REGISTRATION_GRPC_URL", `127.0.0.1:${port("GRPC_PORT", 50_051)}`),
      gatewayToken: read.optional("GATEWAY_TOKEN"),
      dataDir,
      embeddedStoreFolder: join(dataDir, "eventstore"),
    };
  });
