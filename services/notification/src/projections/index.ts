import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunnerOptions } from "@touchline/projections";
import { type NotificationConfig, notificationConfig } from "../config.ts";
import { STALE_CLAIM_MS } from "../dispatch/text-sender.ts";
import type { Timing } from "../sms/due.ts";
import { twilioWords } from "../twilio/words.ts";
import { emailsProjection } from "./emails.ts";
import { remindersProjection } from "./reminders.ts";
import { textsProjection } from "./texts.ts";

/** After the provider's time-out, how long storing the outcome may take before the attempt counts as abandoned. */
const RECORDING_GRACE_MS = 5_000;

/** Sets when a text's chores are due. */
export const timingOf = ({ twilio, evidenceMs }: NotificationConfig): Timing => ({
  evidenceMs,
  abandonedAfterMs: twilio.timeoutMs + STALE_CLAIM_MS + RECORDING_GRACE_MS,
});

/** Views need only events and time-outs: operators' commands run without credentials. */
const unneeded = {
  PAYMENT_BASE_URL: "http://localhost",
  TWILIO_ACCOUNT_SID: "AC-unneeded",
  TWILIO_AUTH_TOKEN: "unneeded",
  TWILIO_PHONE_NUMBER: "+440000000000",
};

/** The service's projections and their files, for operators' commands. @throws ConfigError */
export const projectionFiles = (env: NodeJS.ProcessEnv): Pick<RunnerOptions, "projection" | "path">[] => {
  const config = notificationConfig({ ...env, ...unneeded });
  const texts = {
    projection: textsProjection(timingOf(config), twilioWords),
    path: join(config.dataDir, "texts.sqlite"),
  };
  const { reminderDays, mail, dataDir } = config;
  const reminders = { projection: remindersProjection(reminderDays), path: join(dataDir, "reminders.sqlite") };
  const emails = { projection: emailsProjection, path: join(dataDir, "emails.sqlite") };
  // Operators' containers do not know the mail server, but see the service's file.
  const hasEmails = mail !== undefined || existsSync(emails.path);
  return [texts, ...(reminderDays.length > 0 ? [reminders] : []), ...(hasEmails ? [emails] : [])];
};
