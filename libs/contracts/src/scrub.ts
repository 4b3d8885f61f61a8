const phone = /(?:\+|00)\d[\d\s()-]{7,18}\d|(?<![\w.-])0\d[\d\s()-]{7,13}\d(?![\w-])/g;
const email = /[^\s@<>"']+@[^\s@<>"']+\.[a-z]{2,}/gi;

/** Takes phone numbers and e-mail addresses out of text that others wrote, such as a provider's error message. */
export const scrub = (text: string): string => text.replaceAll(phone, "[phone]").replaceAll(email, "[email]");
