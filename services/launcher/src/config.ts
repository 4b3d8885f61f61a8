import { notificationConfig } from "@touchline/notification/config";
import { paymentLinkConfig } from "@touchline/payment-link/config";
import { registrationConfig } from "@touchline/registration/config";
import { relayConfig } from "@touchline/relay/config";
import { ConfigError, readConfig } from "@touchline/service/env";
import { logLevels } from "@touchline/service/log";
import { tracingConfig } from "@touchline/service/tracing-config";
import { readPorts } from "./stack.ts";

const logLevel = (env: NodeJS.ProcessEnv) => readConfig(env, (read) => read.oneOf("LOG_LEVEL", logLevels, "info"));

/** Reads every service's configuration before any of them starts, so that one message lists every violation. */
export const checkConfig = (env: NodeJS.ProcessEnv): void => {
  // Settings that the launcher itself gives to the services, unless they or the files of `…_FILE` name them.
  const complete = {
    ...env,
    EVENTSTORE_URL: env.EVENTSTORE_URL || (env.EVENTSTORE_URL_FILE ? "" : "esdb://127.0.0.1:2113"),
    NATS_URL: env.NATS_URL || (env.NATS_URL_FILE ? "" : "nats://127.0.0.1:4222"),
  };
  const violations = [
    readPorts,
    logLevel,
    tracingConfig,
    relayConfig,
    registrationConfig,
    paymentLinkConfig,
    notificationConfig,
  ].flatMap((read) => {
    try {
      read(complete);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.violations;
      throw error;
    }
  });
  if (violations.length > 0) throw new ConfigError([...new Set(violations)]);
};
