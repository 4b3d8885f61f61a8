export { maskPhone } from "./mask.ts";
export { parseUkMobile, type UkMobileResult } from "./parse-uk-mobile.ts";
export { PHONE_REFUSAL_CODES, PHONE_REFUSAL_MESSAGES, type PhoneRefusalCode } from "./refusals.ts";
