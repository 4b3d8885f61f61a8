import { contentOf, LINK_PREFIX, nthReminder, type Worded } from "@touchline/contracts";
import type { EnvReader } from "@touchline/service/env";
import { checkTemplate, downgradeTypography, renderText } from "../sms/text.ts";

/** What a text says, by purpose; placeholders in braces. */
export interface Templates {
  readonly clubName: string;
  readonly link: string;
  /** Why the fee is asked for again: it failed, the bank took it back, or the club has left it open. */
  readonly reopened: Readonly<Record<"failed" | "charged_back" | "pending", string>>;
  readonly monthMissed: string;
  readonly mandateGone: string;
  readonly confirmation: string;
  /** In order. */
  readonly reminders: readonly string[];
}

/** Placeholders of the link. */
export const LINK = `{PAYMENT_BASE_URL}${LINK_PREFIX}{billing_request_id}`;
const DEFAULTS = {
  // The words of the original specification.
  link: `Registration complete for {child_name}! Pay when convenient: ${LINK} Registration not complete until payment made.`,
  reopened: `The payment for {child_name} did not go through. Please pay again when convenient: ${LINK}`,
  monthMissed: `A monthly payment for {child_name} at {club_name} did not go through. Please pay it here when convenient: ${LINK}`,
  mandateGone: `The Direct Debit for {child_name} at {club_name} has ended. Please set it up again when convenient: ${LINK}`,
  chargedBack: `Your bank took back the payment for {child_name}. If you didn't mean that, please pay again when convenient: ${LINK}`,
  rest: `{club_name}: there is {rest} left to pay for {child_name}. Pay when convenient: ${LINK}`,
  reminder: `A reminder from {club_name}: {child_name} is not registered until you pay. Pay when convenient: ${LINK}`,
  lastReminder: `Last reminder from {club_name}: {child_name} is not registered until you pay. Pay here: ${LINK}`,
  confirmation: "Payment received, thank you: {child_name} is registered with {club_name}. {fees}",
} as const;

const PLACEHOLDERS = ["child_name", "club_name", "PAYMENT_BASE_URL", "billing_request_id"];
const LINK_PARTS = ["PAYMENT_BASE_URL", "billing_request_id"];

/** Twilio's limit for one text, in UTF-16 units. */
const BODY_LENGTH_MAX = 1_600;
/** The longest values that intake accepts. A name has up to fifty letters, each perhaps a surrogate pair. */
const LONGEST = {
  child_name: "x".repeat(100),
  billing_request_id: "x".repeat(43),
  fees: "x".repeat(100),
  rest: "£1000.00",
};

export const readTemplates = (read: EnvReader, reminderCount: number, publicUrl: string): Templates => {
  const clubName = downgradeTypography(read.text("CLUB_NAME", "the club"));
  const longest = { ...LONGEST, club_name: clubName, PAYMENT_BASE_URL: publicUrl };
  const template = (
    name: string,
    fallback: string,
    required: readonly string[],
    more: readonly string[] = [],
  ): string => {
    const text = downgradeTypography(read.text(name, fallback));
    const violations = checkTemplate(text, [...PLACEHOLDERS, ...more], required);
    if (violations.length === 0 && renderText(text, longest).length > BODY_LENGTH_MAX)
      violations.push("The text may be longer than the 1,600 characters that Twilio takes.");
    for (const violation of violations) read.violation(`${name}: ${violation}`);
    return text;
  };
  return {
    clubName,
    link: template("SMS_TEMPLATE", DEFAULTS.link, LINK_PARTS),
    reopened: {
      failed: template("SMS_REOPENED_TEMPLATE", DEFAULTS.reopened, LINK_PARTS),
      charged_back: template("SMS_CHARGED_BACK_TEMPLATE", DEFAULTS.chargedBack, LINK_PARTS),
      pending: template("SMS_REST_TEMPLATE", DEFAULTS.rest, LINK_PARTS, ["rest"]),
    },
    monthMissed: template("SMS_MONTH_MISSED_TEMPLATE", DEFAULTS.monthMissed, LINK_PARTS),
    mandateGone: template("SMS_MANDATE_GONE_TEMPLATE", DEFAULTS.mandateGone, LINK_PARTS),
    confirmation: template("SMS_CONFIRMATION_TEMPLATE", DEFAULTS.confirmation, [], ["fees"]),
    reminders: Array.from({ length: reminderCount }, (_, i) => {
      const fallback = i === reminderCount - 1 ? DEFAULTS.lastReminder : DEFAULTS.reminder;
      return template(`SMS_REMINDER_${i + 1}_TEMPLATE`, fallback, LINK_PARTS);
    }),
  };
};

type Asked = Worded & { readonly count: number; readonly why?: keyof Templates["reopened"] };

export const templateFor = (templates: Templates, { count, why = "failed", ...text }: Asked): string => {
  switch (contentOf(text)) {
    case "payment_link":
    case "resend":
    case "corrected_phone":
      return templates.link;
    case "reopened":
      return templates.reopened[why];
    case "month_missed":
      return templates.monthMissed;
    case "mandate_gone":
      return templates.mandateGone;
    case "confirmation":
      return templates.confirmation;
    case "asked_reminder":
      return templates.reminders[0] ?? templates.link;
    case "reminder":
      return templates.reminders[nthReminder(count) - 1] ?? templates.reminders.at(-1) ?? templates.link;
  }
};
