import type { Route } from "../machine/network.ts";

/** Where parents and providers find Touchline. */
export const publicUrl = "http://touchline.example";

export const ports = {
  registration: 8001,
  notification: 8002,
  paymentLink: 8003,
  relay: 8004,
  grpc: 50_051,
  twilio: 9_001,
  goCardless: 9_002,
} as const;

export const accounts = {
  twilio: { accountSid: "AC00000000000000000000000000000000", authToken: "simulated-token", sender: "+447700900999" },
  goCardless: { accessToken: "simulated-token", webhookSecret: "simulated-secret" },
} as const;

/** After how many days families are reminded. */
export const reminderDays = [3, 5] as const;

/** How far each instance's ports are from those of the one before. */
const NEXT_INSTANCE = 100;
export const INSTANCES_MAX = 2;

/** What one instance of a service reads from its environment. The first is number 0. */
export const environmentOf = (dataDir: string, place = 0): NodeJS.ProcessEnv => ({
  DATA_DIR: dataDir,
  EVENTSTORE_URL: "esdb://127.0.0.1:2113?tls=false",
  NATS_URL: "nats://127.0.0.1:4222",
  REGISTRATION_PORT: String(ports.registration),
  NOTIFICATION_PORT: String(ports.notification + place * NEXT_INSTANCE),
  PAYMENT_LINK_PORT: String(ports.paymentLink + place * NEXT_INSTANCE),
  RELAY_PORT: String(ports.relay + place * NEXT_INSTANCE),
  GRPC_PORT: String(ports.grpc),
  PAYMENT_BASE_URL: publicUrl,
  TWILIO_ACCOUNT_SID: accounts.twilio.accountSid,
  TWILIO_AUTH_TOKEN: accounts.twilio.authToken,
  TWILIO_PHONE_NUMBER: accounts.twilio.sender,
  TWILIO_API_BASE_URL: `http://127.0.0.1:${ports.twilio}`,
  GOCARDLESS_ACCESS_TOKEN: accounts.goCardless.accessToken,
  GOCARDLESS_ENVIRONMENT: "sandbox",
  GOCARDLESS_WEBHOOK_SECRET: accounts.goCardless.webhookSecret,
  GOCARDLESS_API_BASE_URL: `http://127.0.0.1:${ports.goCardless}`,
  SEASON_START: "2026-09-01",
  SEASON_END: "2027-05-31",
  WEBHOOK_POLL_SECONDS: "1800",
  REPLIES_POLL_SECONDS: "3600",
  REMINDER_DAYS: reminderDays.join(),
  SUSPEND_AFTER_DAYS: "7",
});

/** Like the edge: each public path has its service, and each call goes to one of the instances that are up. */
export const route: Route = (url, { listens, random }) => {
  if (url.origin !== publicUrl) return url;
  const first = url.pathname.startsWith("/webhooks/twilio") ? ports.notification : ports.paymentLink;
  const all = Array.from({ length: INSTANCES_MAX }, (_, place) => first + place * NEXT_INSTANCE);
  const up = all.filter(listens);
  const port = up.length > 1 ? up[Math.floor(random() * up.length)] : (up[0] ?? first);
  return new URL(`http://127.0.0.1:${port}${url.pathname}${url.search}`);
};
