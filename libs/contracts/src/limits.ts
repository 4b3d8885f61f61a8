/**
 * How often one registration may be changed. The registration service refuses more, and the notification service texts no more:
 * each text costs money and rings a phone.
 */
export const RESENDS_MAX = 5;
export const CORRECTIONS_MAX = 10;
/** From one resend to the next. */
export const RESEND_INTERVAL_MS = 60_000;
