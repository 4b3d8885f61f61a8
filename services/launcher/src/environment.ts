const everyService = ["relay", "registration", "payment-link", "notification"];

/** The settings that are secrets or may hold one, each with the processes that need it. */
const secrets: Readonly<Record<string, readonly string[]>> = {
  ADMIN_TOKEN: ["registration"],
  EVENTSTORE_ADMIN_PASSWORD: ["event store"],
  EVENTSTORE_URL: everyService,
  GATEWAY_TOKEN: ["registration", "sandbox"],
  GOCARDLESS_ACCESS_TOKEN: ["payment-link", "sandbox"],
  GOCARDLESS_WEBHOOK_SECRET: ["payment-link", "sandbox"],
  HEARTBEAT_URL: ["relay"],
  NATS_URL: everyService,
  OTEL_EXPORTER_OTLP_HEADERS: everyService,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: everyService,
  SMTP_URL: ["registration", "notification"],
  TWILIO_AUTH_TOKEN: ["notification", "sandbox"],
};

/** A shell often has secrets of other programs. Their names show that they do not concern Touchline. */
const soundsSecret = /TOKEN|SECRET|PASSW|CREDENTIAL|_KEY(?:_FILE)?$/i;

/** The environment for a process: everything except the secrets that it does not need. */
export const environmentFor = (name: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([setting]) => mayHave(name, setting)));

const mayHave = (name: string, setting: string): boolean => {
  // `NAME_FILE` names a file that holds the value of `NAME`.
  const holders = secrets[setting.replace(/_FILE$/, "")];
  return holders ? holders.includes(name) : !soundsSecret.test(setting);
};
