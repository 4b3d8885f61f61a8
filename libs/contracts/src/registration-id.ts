/** Chosen by the gateway. `.` and `..` would mean the folder above in an address. */
const pattern = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;

export const isRegistrationId = (text: string): boolean => pattern.test(text);
