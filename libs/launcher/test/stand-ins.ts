import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GoCardlessStandIn,
  startGoCardlessStandIn,
  startTwilioStandIn,
  type TwilioStandIn,
} from "@touchline/sandbox";
import { freePorts } from "../src/ports.ts";

export interface StandIns {
  readonly dataDir: string;
  /** Settings of `npm start`, with these providers. */
  readonly env: Record<string, string>;
  readonly twilio: TwilioStandIn;
  readonly goCardless: GoCardlessStandIn;
  stop(): Promise<void>;
}

const accountSid = `AC${"1".repeat(32)}`;

/** Twilio and GoCardless of one's own, free ports, and an empty folder. */
export const startStandIns = async (): Promise<StandIns> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-start-"));
  const ports = await freePorts({});
  const edge = `http://127.0.0.1:${ports.EDGE_PORT}`;
  const twilio = await startTwilioStandIn({ accountSid, authToken: "twilio-token", publicUrl: edge });
  const goCardless = await startGoCardlessStandIn({
    accessToken: "gc-token",
    webhookSecret: "gc-secret",
    webhookUrl: `${edge}/webhooks/gocardless`,
  });
  const env = {
    ...ports,
    DATA_DIR: dataDir,
    PAYMENT_BASE_URL: edge,
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: "twilio-token",
    TWILIO_PHONE_NUMBER: "+447700900000",
    TWILIO_API_BASE_URL: twilio.url,
    GOCARDLESS_ACCESS_TOKEN: "gc-token",
    GOCARDLESS_WEBHOOK_SECRET: "gc-secret",
    GOCARDLESS_API_BASE_URL: goCardless.url,
    // A process may be killed between its attempt and Twilio's answer; a minute is long for a test.
    SMS_EVIDENCE_SECONDS: "2",
  };
  const stop = async () => {
    await twilio.stop();
    await goCardless.stop();
  };
  return { dataDir, env, twilio, goCardless, stop };
};

export const registration = (phone: string, more: object = {}) => ({
  registrationId: randomUUID(),
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
  parentPhone: phone,
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
  signingFeePence: 100,
  monthlyFeePence: 100,
  ...more,
});
