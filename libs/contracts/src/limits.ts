/**
 * How often one registration may be changed. Beyond these limits the registration service refuses, and the notification service
 * sends no text: each one costs money and disturbs somebody.
 */
export const RESENDS_MAX = 5;
export const CORRECTIONS_MAX = 10;
/** Changes of the monthly fee or payment day: the number of times that GoCardless lets a subscription's amount change. */
export const TERMS_AMENDMENTS_MAX = 10;
/** Reminders that operators may ask for, besides the automatic ones. */
export const ASKED_REMINDERS_MAX = 10;
/** The least time between two resends. */
export const RESEND_INTERVAL_MS = 60_000;

/** Characters in an operator's note about a family. */
export const NOTE_MAX = 1_000;

/** Characters in a reply; Twilio never sends more. */
export const REPLY_MAX = 1_600;

/** The clocks of our machines, of the event store and of the providers differ by less than this. */
export const CLOCK_SKEW_MS = 5 * 60_000;
