import { join } from "node:path";
import { REMINDER_DAYS_RULE, reminderDaysIn } from "@touchline/contracts";
import { type RecoveryTimes, readRecoveryTimes } from "@touchline/event-store";
import { readEventStoreUrl } from "@touchline/event-store/address";
import { type MailSettings, readMail } from "@touchline/mail/config";
import { type NatsAddress, readNats } from "@touchline/messaging/address";
import { readConfig } from "@touchline/service/env";
import { readTemplates, type Templates } from "./intake/templates.ts";
import type { TwilioSender } from "./twilio/gateway.ts";

export interface NotificationConfig {
  readonly eventStoreUrl: string;
  readonly nats: NatsAddress;
  /** When to look for stored work that no message has brought. */
  readonly recovery: RecoveryTimes;
  readonly host: string;
  readonly port: number;
  readonly trustProxy: string | undefined;
  /** Folder of the projection's file. */
  readonly dataDir: string;
  /** The public origin: in texts, and in what Twilio signs. */
  readonly publicUrl: string;
  readonly twilio: {
    readonly accountSid: string;
    readonly authToken: string;
    readonly sender: TwilioSender;
    readonly apiBaseUrl: string | undefined;
    readonly timeoutMs: number;
  };
  readonly templates: Templates;
  /** Undefined when the club sends no e-mail. */
  readonly mail: MailSettings | undefined;
  readonly nameEncoding: "keep" | "ascii";
  /** How long an unknown outcome waits before the provider's list is asked. */
  readonly evidenceMs: number;
  /** 0 for no limit. */
  readonly maxPerSecond: number;
  /** How often the provider's list is read for texts from parents that never reached us. */
  readonly repliesPollMs: number;
  /** 0 for no limit. */
  readonly dailyLimit: number;
  /** Days after the registration, in order; empty for no reminders. */
  readonly reminderDays: readonly number[];
  /** Whether a text says that a Direct Debit ended, and asks to set it up again. */
  readonly mandateGone: boolean;
  /** Whether a text confirms the payment. */
  readonly confirmation: boolean;
  /** Price of a segment in pence, for the expected price of a text. */
  readonly pricePerSegmentPence: number;
}

/** The file of the projection of texts. */
export const textsDatabasePath = (env: NodeJS.ProcessEnv): string =>
  join(env.DATA_DIR?.trim() || "data", "notification", "texts.sqlite");

/** Of the sandbox and of .env.example, so everybody can sign with them. */
const publicTokens = ["sandbox-auth-token", "your_live_auth_token"];

export const notificationConfig = (env: NodeJS.ProcessEnv): NotificationConfig =>
  readConfig(env, (read) => {
    const seconds = (name: string, fallback: number, min = 1) =>
      read.integer(name, { fallback, min, max: 86_400 }) * 1_000;
    const publicUrl = read.url("PAYMENT_BASE_URL", { protocols: ["http:", "https:"] });
    if (URL.canParse(publicUrl) && new URL(publicUrl).hostname.includes("_")) {
      read.violation("PAYMENT_BASE_URL must not have an underscore in its host: Twilio refuses it in callback URLs.");
    }
    if (publicUrl.includes("//your-ngrok-url."))
      read.violation("PAYMENT_BASE_URL is a published example. Set the address at which parents reach this machine.");
    if (/[?#@]/.test(publicUrl))
      read.violation("PAYMENT_BASE_URL must have no user, query or fragment: the link's path is appended to it.");
    const accountSid = read.text("TWILIO_ACCOUNT_SID");
    if (accountSid && !/^AC\S{1,62}$/.test(accountSid)) read.violation("TWILIO_ACCOUNT_SID must start with AC.");
    const authToken = read.text("TWILIO_AUTH_TOKEN");
    if (!read.optional("TWILIO_API_BASE_URL") && publicTokens.includes(authToken)) {
      read.violation("TWILIO_AUTH_TOKEN is a published example. Set the token of your own account.");
    }
    const reminderDays = readDays(read, env);
    return {
      eventStoreUrl: readEventStoreUrl(read, "esdb://127.0.0.1:2113?tls=false"),
      nats: readNats(read, "nats://127.0.0.1:4222"),
      recovery: readRecoveryTimes(read),
      host: read.text("HOST", "127.0.0.1"),
      port: read.integer("NOTIFICATION_PORT", { fallback: 8002, max: 65_535 }),
      trustProxy: read.proxies("TRUST_PROXY"),
      dataDir: join(read.text("DATA_DIR", "data"), "notification"),
      publicUrl,
      twilio: {
        accountSid,
        authToken,
        sender: readSender(read),
        apiBaseUrl: read.optional("TWILIO_API_BASE_URL")
          ? read.url("TWILIO_API_BASE_URL", { protocols: ["http:", "https:"] })
          : undefined,
        timeoutMs: seconds("SMS_TIMEOUT_SECONDS", 10),
      },
      templates: readTemplates(read, reminderDays.length, publicUrl),
      mail: readMail(read),
      nameEncoding: read.oneOf("SMS_NAME_ENCODING", ["keep", "ascii"], "keep"),
      evidenceMs: seconds("SMS_EVIDENCE_SECONDS", 60),
      repliesPollMs: seconds("REPLIES_POLL_SECONDS", 300),
      maxPerSecond: read.integer("SMS_MAX_PER_SECOND", { fallback: 0, max: 1_000 }),
      dailyLimit: read.integer("SMS_DAILY_LIMIT", { fallback: 0 }),
      reminderDays,
      mandateGone: read.flag("SMS_MANDATE_GONE", true),
      confirmation: read.flag("SMS_CONFIRMATION", true),
      pricePerSegmentPence: readPrice(read),
    };
  });

type Read = Parameters<Parameters<typeof readConfig>[1]>[0];

const readSender = (read: Read): TwilioSender => {
  const messagingServiceSid = read.optional("TWILIO_MESSAGING_SERVICE_SID");
  if (messagingServiceSid) return { messagingServiceSid };
  const senderId = read.optional("SMS_SENDER_ID");
  // Twilio's rule: letters, digits and a few signs, at least one letter.
  if (senderId && !/^(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}$/.test(senderId)) {
    read.violation("SMS_SENDER_ID must be 1 to 11 letters, digits, spaces or + - _ &, with at least one letter.");
  }
  const from = senderId ?? read.phoneNumber("TWILIO_PHONE_NUMBER");
  if (!from) read.violation("TWILIO_PHONE_NUMBER, SMS_SENDER_ID or TWILIO_MESSAGING_SERVICE_SID is missing.");
  return { from: from ?? "" };
};

const readDays = (read: Read, env: NodeJS.ProcessEnv): readonly number[] => {
  const days = reminderDaysIn(read.optional("REMINDER_DAYS") ?? env.REMINDER_DAYS);
  if (!days) read.violation(REMINDER_DAYS_RULE);
  return days ?? [];
};

const readPrice = (read: Read): number => {
  const text = read.text("SMS_PRICE_PENCE", "4");
  const price = /^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(price)) read.violation("SMS_PRICE_PENCE must be a price in pence, such as 4 or 3.98.");
  return Number.isNaN(price) ? 0 : price;
};
