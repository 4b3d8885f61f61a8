import { readConfig } from "@touchline/service/env";

export interface RelayConfig {
  readonly eventStoreUrl: string;
  readonly natsUrl: string;
  readonly host: string;
  readonly port: number;
}

export const relayConfig = (env: NodeJS.ProcessEnv): RelayConfig =>
  readConfig(env, (read) => ({
    eventStoreUrl: read.text("EVENTSTORE_URL"),
    natsUrl: read.text("NATS_URL"),
    host: read.text("HOST", "127.0.0.1"),
    port: read.integer("RELAY_PORT", { fallback: 8004, max: 65_535 }),
  }));
