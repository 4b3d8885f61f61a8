import { contentOf, type PaymentStatus, type SmsEvent, type TextPurpose, type Worded } from "@touchline/contracts";

/** What else is known when a text is about to be sent. */
export interface Circumstances {
  /** The parent's current number. */
  readonly phone: string;
  readonly registrationCancelled: boolean;
  readonly payment: PaymentStatus;
  /** The link asks for money or a mandate. */
  readonly owed: boolean;
  /** Months were missed and not paid since. */
  readonly behind: boolean;
  /** A mandate ended and a new one is wanted. */
  readonly mandateGone: boolean;
  /** The owner of `phone` wants no texts. */
  readonly optedOut: boolean;
  /** Numbers to which a text of this registration was refused for good. */
  readonly refusedNumbers: readonly string[];
  /** Another text with the same link and the same news is waiting to go to this number. */
  readonly anotherWaits: boolean;
  /** Another text with the same link and the same news went to this number after this text's last attempt, or replaces this text. */
  readonly anotherWent: boolean;
  /** Another text to this number was requested earlier and has not been sent yet. This one waits until that one is sent or withdrawn. */
  readonly anotherFirst: boolean;
  /** The registration has reached its limit of texts for this purpose. */
  readonly overLimit: boolean;
  /** An operator has paused the family's reminders. */
  readonly snoozed: boolean;
  /** It is night, and this text can wait. */
  readonly quiet: boolean;
}

/** Our own codes for giving a text up before an attempt. */
export const OPTED_OUT = "opted_out";
export const NUMBER_REFUSED = "number_refused";

type Wanted = Worded & { readonly to: string };
type WithdrawnCode = Extract<SmsEvent, { type: "SmsWithdrawn" }>["data"]["code"];

/** The event that ends the text instead of an attempt; undefined when nothing prevents it. */
export const obstacle = (wanted: Wanted, circumstances: Circumstances, now: Date): SmsEvent | undefined => {
  const code = withdrawal(wanted, circumstances);
  if (code) return { type: "SmsWithdrawn", data: { code, withdrawnAt: now.toISOString() } };
  if (circumstances.optedOut)
    return givenUp(OPTED_OUT, "The parent has opted out of our texts by replying STOP.", "opted_out", now);
  if (circumstances.refusedNumbers.includes(wanted.to)) {
    return givenUp(NUMBER_REFUSED, "An earlier text to this number was refused for good.", "invalid", now);
  }
  return undefined;
};

const withdrawal = (wanted: Wanted, c: Circumstances): WithdrawnCode | undefined => {
  const { purpose, to } = wanted;
  if (c.registrationCancelled) return "cancelled";
  const settled = noLongerSo(wanted, c);
  if (settled) return settled;
  if (c.snoozed && isReminder(purpose)) return "snoozed";
  if (c.overLimit) return "limit";
  if (to !== c.phone || c.anotherWent) return "superseded";
  return c.anotherWaits ? "waiting" : undefined;
};

/** Why what the text says is no longer true; undefined if it still is. */
export const noLongerSo = (text: Worded, c: Circumstances): WithdrawnCode | undefined => {
  const content = contentOf(text);
  if (content === "confirmation") return c.payment === "paid" ? undefined : "unpaid";
  if (c.payment === "cancelled") return "link_cancelled";
  if (content === "mandate_gone") return c.mandateGone ? undefined : "set_up";
  return (content === "month_missed" ? c.behind : c.owed) ? undefined : "paid";
};

const givenUp = (code: string, reason: string, numberFault: "invalid" | "opted_out", now: Date): SmsEvent => ({
  type: "SmsGivenUp",
  data: { code, reason, numberFault, givenUpAt: now.toISOString() },
});

export const isReminder = (purpose: TextPurpose): boolean => purpose === "reminder" || purpose === "asked_reminder";

/** Answers to what a parent has just done, in the chat or at GoCardless. All other texts wait for the morning. */
const answers: ReadonlySet<TextPurpose> = new Set(["payment_link", "resend", "corrected_phone", "confirmation"]);

export const respectsQuietHours = (purpose: TextPurpose): boolean => !answers.has(purpose);
