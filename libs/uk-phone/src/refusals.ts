/**
 * Why a number was refused, with words that a chat assistant may show to the parent.
 *
 * A message says what to do next. It never repeats the number, because messages end up in transcripts and logs.
 */
export const PHONE_REFUSAL_MESSAGES = {
  invalid_characters:
    "Please type the mobile number using only digits, spaces, brackets, hyphens and a plus sign. Give just one number, without letters or an extension.",
  too_short:
    "That number seems to have some digits missing. A UK mobile number has 11 digits and starts with 07. Please check it and type it again.",
  too_long:
    "That number seems to have too many digits. A UK mobile number has 11 digits and starts with 07. Please check it and type just one number.",
  not_a_uk_number:
    "That looks like a number from outside the UK, and we can only text UK mobiles. Please give a UK mobile number, starting with 07 or +44 7.",
  not_a_mobile:
    "That doesn't look like a mobile number, so it may not be able to receive our text. Please give a UK mobile number, starting with 07.",
  not_a_possible_number:
    "That number doesn't seem to be in use on any UK network. Please check each digit and type it again, or give another UK mobile number.",
} as const;

export type PhoneRefusalCode = keyof typeof PHONE_REFUSAL_MESSAGES;

export const PHONE_REFUSAL_CODES = Object.keys(PHONE_REFUSAL_MESSAGES) as PhoneRefusalCode[];
