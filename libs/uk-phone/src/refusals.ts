/**
 * Why a number was refused, with words that a chat assistant may show to the parent.
 *
 * A message says what to do next. It never repeats the number, because messages end up in transcripts and logs.
 */
export const PHONE_REFUSAL_MESSAGES = {
  invalid_characters:
    "Type one mobile number. Use only digits, spaces, brackets, hyphens and a plus sign. Leave out letters and extensions.",
  too_short:
    "That number has too few digits. A UK mobile number has 11 digits and starts with 07. Check it and type it again.",
  too_long:
    "That number has too many digits. A UK mobile number has 11 digits and starts with 07. Check it and type only one number.",
  not_a_uk_number:
    "That looks like a number from outside the UK. We can only text UK mobiles. Type a UK mobile number that starts with 07 or +44 7.",
  not_a_mobile:
    "That does not look like a mobile number. We can only text mobiles. Type a UK mobile number that starts with 07.",
  not_a_possible_number:
    "That number does not seem to be in use. Check each digit and type it again, or type another UK mobile number.",
} as const;

export type PhoneRefusalCode = keyof typeof PHONE_REFUSAL_MESSAGES;

export const PHONE_REFUSAL_CODES = Object.keys(PHONE_REFUSAL_MESSAGES) as PhoneRefusalCode[];
