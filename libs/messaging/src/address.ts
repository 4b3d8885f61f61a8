import type { EnvReader } from "@touchline/service/env";

/** The address of NATS. */
export interface NatsAddress {
  /** One server or several, separated by commas; may hold credentials. */
  readonly url: string;
  /** How many copies a new stream gets. Undefined: three if there are three servers, or else one. */
  readonly replicas?: number | undefined;
}

const protocols = ["nats:", "tls:", "ws:", "wss:"];

export const readNats = (
  read: Pick<EnvReader, "text" | "optional" | "integer" | "violation">,
  fallback?: string,
): NatsAddress => {
  const url = read.text("NATS_URL", fallback);
  const fits = (part: string) => {
    const whole = part.includes("://") ? part.trim() : `nats://${part.trim()}`;
    return URL.canParse(whole) && protocols.includes(new URL(whole).protocol) && new URL(whole).port !== "";
  };
  if (url && !url.split(",").every(fits))
    read.violation("NATS_URL must be nats://host:port, or several of them separated by commas.");
  const replicas = read.optional("NATS_REPLICAS") ? read.integer("NATS_REPLICAS", { min: 1, max: 5 }) : undefined;
  return { url, replicas };
};
