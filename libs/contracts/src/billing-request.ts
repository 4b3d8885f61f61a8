/** The pattern of a GoCardless billing request's id, which is also the last part of its payment link. */
export const BILLING_REQUEST_ID = "^BRQ[A-Z0-9]{4,40}$";

const pattern = new RegExp(BILLING_REQUEST_ID);

export const isBillingRequestId = (text: string): boolean => pattern.test(text);
