/**
 * How often one registration may be changed. The registration service refuses more, and the notification service texts no more:
 * each text costs money and rings a phone.
 */
export const RESENDS_MAX = 5;
export const CORRECTIONS_MAX = 10;
/** Of the monthly fee or the payment day: GoCardless lets the amount of a subscription change so often. */
export const TERMS_AMENDMENTS_MAX = 10;
/** Reminders of one registration that operators ask for, besides those that come by themselves. */
export const ASKED_REMINDERS_MAX = 10;
/** From one resend to the next. */
export const RESEND_INTERVAL_MS = 60_000;

/** Characters of an operator's note about a family. */
export const NOTE_MAX = 1_000;

/** Characters of a text that comes back; Twilio hands over no more. */
export const REPLY_MAX = 1_600;
