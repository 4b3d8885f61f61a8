import type { EnvReader } from "@touchline/service/env";
import type { Purpose } from "../sms/id.ts";
import { checkTemplate, downgradeTypography } from "../sms/text.ts";

/** What a text says, by its purpose; placeholders in braces. */
export interface Templates {
  readonly clubName: string;
  readonly link: string;
  readonly reopened: string;
  readonly confirmation: string;
  /** One for each reminder, in order. */
  readonly reminders: readonly string[];
}

const LINK = "{PAYMENT_BASE_URL}/reg_setup/{billing_request_id}";
const DEFAULTS = {
  // The seed's words.
  link: `Registration complete for {child_name}! Pay when convenient: ${LINK} Registration not complete until payment made.`,
  reopened: `The payment for {child_name} did not go through. Please pay again when convenient: ${LINK}`,
  reminder: `A reminder from {club_name}: {child_name} is not registered until payment is made. Pay when convenient: ${LINK}`,
  lastReminder: `Last reminder from {club_name}: {child_name} is not registered until payment is made. Pay here: ${LINK}`,
  confirmation: "Payment received, thank you: {child_name} is registered with {club_name}.",
} as const;

const PLACEHOLDERS = ["child_name", "club_name", "PAYMENT_BASE_URL", "billing_request_id"];
const LINK_PARTS = ["PAYMENT_BASE_URL", "billing_request_id"];

export const readTemplates = (read: EnvReader, reminderCount: number): Templates => {
  const template = (name: string, fallback: string, required: readonly string[]): string => {
    const text = downgradeTypography(read.text(name, fallback));
    for (const fault of checkTemplate(text, PLACEHOLDERS, required)) read.fault(`${name}: ${fault}`);
    return text;
  };
  return {
    clubName: read.text("CLUB_NAME", "the club"),
    link: template("SMS_TEMPLATE", DEFAULTS.link, LINK_PARTS),
    reopened: template("SMS_REOPENED_TEMPLATE", DEFAULTS.reopened, LINK_PARTS),
    confirmation: template("SMS_CONFIRMATION_TEMPLATE", DEFAULTS.confirmation, []),
    reminders: Array.from({ length: reminderCount }, (_, i) => {
      const fallback = i === reminderCount - 1 ? DEFAULTS.lastReminder : DEFAULTS.reminder;
      return template(`SMS_REMINDER_${i + 1}_TEMPLATE`, fallback, LINK_PARTS);
    }),
  };
};

export const templateFor = (templates: Templates, purpose: Purpose, count: number): string => {
  switch (purpose) {
    case "payment_link":
    case "resend":
    case "corrected_phone":
      return templates.link;
    case "reopened":
      return templates.reopened;
    case "confirmation":
      return templates.confirmation;
    case "reminder":
      return templates.reminders[count - 1] ?? templates.reminders.at(-1) ?? templates.link;
  }
};
