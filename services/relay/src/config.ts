import { readEventStoreUrl } from "@touchline/event-store/address";
import { type EnvReader, readConfig } from "@touchline/service/env";

export interface RelayConfig {
  readonly eventStoreUrl: string;
  readonly natsUrl: string;
  readonly host: string;
  readonly port: number;
}

export const relayConfig = (env: NodeJS.ProcessEnv): RelayConfig =>
  readConfig(env, (read) => ({
    eventStoreUrl: readEventStoreUrl(read),
    natsUrl: natsUrl(read),
    host: read.text("HOST", "127.0.0.1"),
    port: read.integer("RELAY_PORT", { fallback: 8004, max: 65_535 }),
  }));

const protocols = ["nats:", "tls:", "ws:", "wss:"];

/** One server or several, separated by commas; `nats://` may be left out. */
const natsUrl = (read: EnvReader): string => {
  const url = read.text("NATS_URL");
  const fits = (part: string) => {
    const whole = part.includes("://") ? part.trim() : `nats://${part.trim()}`;
    return URL.canParse(whole) && protocols.includes(new URL(whole).protocol) && new URL(whole).port !== "";
  };
  if (url && !url.split(",").every(fits))
    read.violation("NATS_URL must be nats://host:port, or several of them separated by commas.");
  return url;
};
