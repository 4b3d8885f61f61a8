/** Chosen by the gateway. In a URL, `.` and `..` would mean this folder and its parent. */
const pattern = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;

export const isRegistrationId = (text: string): boolean => pattern.test(text);
