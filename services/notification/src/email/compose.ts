import { type EmailReason, emailIdOf } from "@touchline/contracts";
import type { RequestedEmail } from "./state.ts";

export interface EmailFacts {
  readonly registrationId: string;
  readonly billingRequestId: string;
  readonly smsId: string;
  readonly reason: EmailReason;
  /** How often the link was opened again. */
  readonly round: number;
  readonly to: string;
  readonly childName: string;
  readonly clubName: string;
  /** What the text says, its link included. */
  readonly text: string;
}

const WHY: Readonly<Record<EmailReason, string>> = {
  number_refused:
    "We could not text you: the number that we have for you cannot receive texts. Please give the club another one.",
  opted_out: "You have asked us not to text you, so here is by e-mail what you need to register.",
  undelivered: "Our text has not reached your phone within a day. Please check the number that you gave to the club.",
};

/** Writes the e-mail: why it comes, and what the text says. */
export const composeEmail = (facts: EmailFacts, now: Date): RequestedEmail => {
  const { registrationId, billingRequestId, smsId, reason, round, to, childName, clubName, text } = facts;
  return {
    emailId: emailIdOf(registrationId, reason, round),
    registrationId,
    billingRequestId,
    smsId,
    reason,
    to,
    subject: `${clubName}: the payment link for ${childName}`,
    body: `Hello,\n\n${WHY[reason]}\n\n${text}\n\n${clubName}\n`,
    requestedAt: now.toISOString(),
  };
};
