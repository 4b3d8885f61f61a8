import { readEventStoreUrl } from "@touchline/event-store/address";
import { type NatsAddress, readNats } from "@touchline/messaging/address";
import { type EnvReader, readConfig } from "@touchline/service/env";

export interface RelayConfig {
  readonly eventStoreUrl: string;
  readonly nats: NatsAddress;
  /** A dead man's switch, and the readiness of the other services. */
  readonly heartbeat: { readonly url: string; readonly checks: readonly string[] } | undefined;
  readonly host: string;
  readonly port: number;
}

export const relayConfig = (env: NodeJS.ProcessEnv): RelayConfig =>
  readConfig(env, (read) => ({
    eventStoreUrl: readEventStoreUrl(read),
    nats: readNats(read),
    heartbeat: readHeartbeat(read),
    host: read.text("HOST", "127.0.0.1"),
    port: read.integer("RELAY_PORT", { fallback: 8004, max: 65_535 }),
  }));

const readHeartbeat = (read: EnvReader): RelayConfig["heartbeat"] => {
  if (!read.optional("HEARTBEAT_URL")) return undefined;
  const protocols = ["https:", "http:"] as const;
  const checks = (read.optional("HEARTBEAT_CHECKS") ?? "").split(",").filter(Boolean);
  if (!checks.every((check) => URL.canParse(check)))
    read.violation("HEARTBEAT_CHECKS must be URLs of /health/ready, separated by commas.");
  return { url: read.url("HEARTBEAT_URL", { protocols }), checks };
};
