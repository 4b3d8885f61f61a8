import { notificationConfig } from "@touchline/notification/config";
import { paymentLinkConfig } from "@touchline/payment-link/config";
import { registrationConfig } from "@touchline/registration/config";
import { relayConfig } from "@touchline/relay/config";
import { ConfigError } from "@touchline/service/env";
import { readPorts } from "./stack.ts";

/** Reads every service's configuration before any of them starts, so that one message tells all faults. */
export const checkConfig = (env: NodeJS.ProcessEnv): void => {
  // What the launcher itself gives the services.
  const complete = { EVENTSTORE_URL: "esdb://127.0.0.1", NATS_URL: "nats://127.0.0.1", DATA_DIR: "data", ...env };
  const faults = [readPorts, relayConfig, registrationConfig, paymentLinkConfig, notificationConfig].flatMap((read) => {
    try {
      read(complete);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
  });
  if (faults.length > 0) throw new ConfigError([...new Set(faults)]);
};
