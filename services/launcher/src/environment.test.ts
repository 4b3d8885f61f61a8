import { expect, test } from "vitest";
import { environmentFor } from "./environment.ts";

const env = {
  PATH: "/usr/bin",
  CLUB_NAME: "Tigers",
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t",
  GOCARDLESS_ACCESS_TOKEN: "g",
  GOCARDLESS_WEBHOOK_SECRET_FILE: "/run/secrets/webhook",
  GATEWAY_TOKEN: "gateway",
  SMTP_URL: "smtp://user:password@mail",
  ADMIN_TOKEN: "admin",
  EVENTSTORE_URL: "esdb://user:password@store",
  NATS_URL: "nats://user:password@nats",
  EVENTSTORE_ADMIN_PASSWORD: "changeit",
  NGROK_AUTHTOKEN: "ngrok",
  AWS_SECRET_ACCESS_KEY: "aws",
};
const common = ["CLUB_NAME", "PATH", "TWILIO_ACCOUNT_SID"];
const connections = ["EVENTSTORE_URL", "NATS_URL"];

test.each([
  ["edge", []],
  ["nats", []],
  ["event store", ["EVENTSTORE_ADMIN_PASSWORD"]],
  ["relay", connections],
  ["registration", [...connections, "ADMIN_TOKEN", "GATEWAY_TOKEN", "SMTP_URL"]],
  ["payment-link", [...connections, "GOCARDLESS_ACCESS_TOKEN", "GOCARDLESS_WEBHOOK_SECRET_FILE"]],
  ["notification", [...connections, "SMTP_URL", "TWILIO_AUTH_TOKEN"]],
  ["sandbox", ["GATEWAY_TOKEN", "GOCARDLESS_ACCESS_TOKEN", "GOCARDLESS_WEBHOOK_SECRET_FILE", "TWILIO_AUTH_TOKEN"]],
])("%s gets the secrets that it needs, and no others", (name, secrets) => {
  expect(Object.keys(environmentFor(name, env)).sort()).toEqual([...common, ...secrets].sort());
});
