/** Numbers with a plus, with the prefix 00 or 0, or bare as 44… or 7… of the right length. Ids and timestamps are ignored. */
const phone = /(?:\+|%2B)\d[\d\s()-]{7,18}\d|(?<![\w.:-])(?:00?\d[\d\s()-]{7,18}\d|447\d{9}|7\d{9})(?![\w-])/g;
const email = /[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi;

/** Removes phone numbers and e-mail addresses from text that others wrote, such as a provider's error message. */
export const scrub = (text: string): string => text.replaceAll(phone, "[phone]").replaceAll(email, "[email]");
