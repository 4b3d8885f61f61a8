import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GoCardlessStandIn,
  type MailStandIn,
  startGoCardlessStandIn,
  startMailStandIn,
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
  readonly mail: MailStandIn;
  stop(): Promise<void>;
}

export const secrets = {
  twilio: "twilio-token-of-tests",
  goCardless: "gc-token-of-tests",
  webhook: "gc-secret-of-tests",
};
export const account = { accountSid: `AC${"1".repeat(32)}`, authToken: secrets.twilio };
export const SENDER = "+447700900000";

/** Separate stand-ins for Twilio and GoCardless, free ports, and an empty folder. */
export const startStandIns = async (): Promise<StandIns> => {
  const ports = await freePorts({});
  return standInsAt(ports, `http://127.0.0.1:${ports.EDGE_PORT}`);
};

/** The same on ports that are known; providers and parents call Touchline at `publicUrl`. */
export const standInsAt = async (ports: Record<string, string>, publicUrl: string): Promise<StandIns> => {
  const dataDir = mkdtempSync(join(tmpdir(), "touchline-start-"));
  const twilio = await startTwilioStandIn({ ...account, publicUrl });
  const goCardless = await startGoCardlessStandIn({
    accessToken: secrets.goCardless,
    webhookSecret: secrets.webhook,
    webhookUrl: `${publicUrl}/webhooks/gocardless`,
  });
  const mail = await startMailStandIn({ now: () => new Date() });
  const env = {
    ...ports,
    DATA_DIR: dataDir,
    PAYMENT_BASE_URL: publicUrl,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: secrets.twilio,
    TWILIO_PHONE_NUMBER: SENDER,
    TWILIO_API_BASE_URL: twilio.url,
    GOCARDLESS_ACCESS_TOKEN: secrets.goCardless,
    GOCARDLESS_WEBHOOK_SECRET: secrets.webhook,
    GOCARDLESS_API_BASE_URL: goCardless.url,
    SMTP_URL: mail.url,
    MAIL_FROM: "Your Club <club@yourclub.example>",
  };
  const stop = async () => {
    await twilio.stop();
    await goCardless.stop();
    await mail.stop();
  };
  return { dataDir, env, twilio, goCardless, mail, stop };
};
