/** A billing request's id, as GoCardless writes it and as it is in the payment link. */
export const BILLING_REQUEST_ID = "BRQ[A-Z0-9]{4,40}";
const billingRequestId = new RegExp(`^${BILLING_REQUEST_ID}$`);

export const isBillingRequestId = (text: string): boolean => billingRequestId.test(text);

/** Of the gateway's choosing. In an address, `.` and `..` mean the folder above. */
const registrationId = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;

export const isRegistrationId = (text: string): boolean => registrationId.test(text);
