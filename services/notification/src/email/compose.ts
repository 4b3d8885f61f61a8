import { type EmailReason, type EmailRound, emailIdOf } from "@touchline/contracts";
import type { RequestedEmail } from "./state.ts";

export interface EmailFacts {
  readonly registrationId: string;
  readonly billingRequestId: string;
  readonly smsId: string;
  readonly reason: EmailReason;
  readonly round: EmailRound;
  readonly to: string;
  readonly childName: string;
  readonly clubName: string;
  /** What the text says, its link included. */
  readonly text: string;
}

const WHY: Readonly<Record<EmailReason, string>> = {
  number_refused:
    "We could not text you. The number we have for you cannot receive texts. Please give the club another number.",
  opted_out: "You asked us not to text you, so we are e-mailing you instead.",
  undelivered:
    "Our text did not reach your phone within a day. Please check that the club has the right number for you.",
};

/** Writes the e-mail: why we send it, then the words of the text. */
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
