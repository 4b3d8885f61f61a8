import { parsePhoneNumberFromString } from "libphonenumber-js/mobile";
import { PHONE_REFUSAL_MESSAGES, type PhoneRefusalCode } from "./refusals.ts";

export type UkMobileResult = { ok: true; e164: string } | { ok: false; code: PhoneRefusalCode; message: string };

/** In UTF-16 units. Longer input is refused unread; libphonenumber's own limit is 250. */
const INPUT_LENGTH_MAX = 200;

/** An E.164 number has at most 15 digits, its calling code included (ITU-T E.164). */
const E164_DIGITS_MAX = 15;

/** No subscriber number, with its calling code, has fewer digits. */
const FOREIGN_DIGITS_MIN = 7;

/** A UK mobile's national significant number: 7 and nine more digits (Ofcom, National Telephone Numbering Plan). */
const MOBILE_DIGITS = 10;

/**
 * What contact apps and web pages put between the digits: white space, any dash, the minus sign, and invisible characters such
 * as direction marks, soft hyphens, variation selectors and Hangul fillers.
 */
const BETWEEN = "\\p{White_Space}\\p{Pd}\\u2212\\p{Default_Ignorable_Code_Point}";
const FORBIDDEN = new RegExp(`[^0-9()+${BETWEEN}]`, "u");
const SEPARATORS = new RegExp(`[()${BETWEEN}]+`, "gu");

/** Ofcom's numbers for drama, 07700 900000–900999. No network uses them, but the sandbox does. libphonenumber calls them invalid. */
const DRAMA = /^7700900\d{3}$/;

/** UK numbers that are not mobiles: landlines, 03, VoIP 05x, freephone, premium. From libphonenumber's plan for GB. */
const UK_NON_MOBILE = /^(?:[1-3589]\d{9}|[18]\d{8}|8\d{6})$/;

/** 070 personal numbers and 076 pagers, except 07624: mobiles on the Isle of Man. */
const PERSONAL_OR_PAGER = /^7(?:0|6(?!24))/;

/**
 * Reads a UK mobile number as a parent types or pastes it.
 *
 * Accepts ASCII digits, `( ) +`, dashes, white space and invisible characters; 07…, 7…, 44…, +44…, +44 (0)…, 0044…,
 * stray plus signs and doubled leading zeros. Mobiles of Jersey, Guernsey and the Isle of Man are UK mobiles here, and so is
 * Ofcom's drama range 07700 900000–900999. Which prefixes are mobiles comes from libphonenumber's metadata.
 *
 * @param input any text; anything that is not a string at run time is refused without throwing
 * @returns the number in E.164 (`+447` and nine digits), or a refusal with a code and words for the parent
 */
export function parseUkMobile(input: string): UkMobileResult {
  if (typeof input !== "string")
    return refuse(input === undefined || input === null ? "too_short" : "invalid_characters");
  if (FORBIDDEN.test(input.slice(0, INPUT_LENGTH_MAX))) return refuse("invalid_characters");
  if (input.length > INPUT_LENGTH_MAX) return refuse("too_long");

  const dialled = input.replace(SEPARATORS, "");
  const national = nationalNumber(dialled);
  // Only ten digits starting with 7 count as a mobile, so no foreign number can be mistaken for one: the only calling code that
  // starts with 7 (Russia, Kazakhstan) has eleven digits in all.
  if (isMobile(national)) return { ok: true, e164: `+44${national}` };
  return refuse(isForeign(dialled) ? "not_a_uk_number" : refusalOf(national, dialled));
}

/**
 * The national significant number, if this is a UK number: without plus signs, leading zeros, 44, and the trunk 0 after it.
 *
 * This does "as given, else without plus signs and leading zeros" in one step: whatever the first would accept, the second does too.
 */
function nationalNumber(dialled: string): string {
  const digits = withoutPrefix(dialled);
  // No UK number starts with 4, so a leading 44 is always the calling code.
  return digits.startsWith("44") ? digits.slice(2).replace(/^0/, "") : digits;
}

function withoutPrefix(dialled: string): string {
  return dialled.replaceAll("+", "").replace(/^0+/, "");
}

function isMobile(national: string): boolean {
  if (!/^7\d{9}$/.test(national)) return false;
  return DRAMA.test(national) || parsePhoneNumberFromString(`+44${national}`)?.isValid() === true;
}

/**
 * Whether this is another country's number, and not more likely a UK number with a stray plus or zero, such as
 * `+7911 123456` or `00161 496 0000`.
 */
function isForeign(dialled: string): boolean {
  const digits = withoutPrefix(dialled);
  if (digits.startsWith("44") || digits.length < FOREIGN_DIGITS_MIN || digits.length > E164_DIGITS_MAX) return false;

  const number = parsePhoneNumberFromString(`+${digits}`);
  if (/^0*\++[1-9]/.test(dialled)) return !digits.startsWith("7") || number?.isPossible() === true;
  if (/^\+*00[1-9]/.test(dialled)) return number?.isPossible() === true;
  // Without + or 00, eleven digits starting with 7 are more likely a UK mobile with one digit too many.
  return /^[1-689]/.test(dialled) && digits.length > MOBILE_DIGITS && number?.isValid() === true;
}

function refusalOf(national: string, dialled: string): PhoneRefusalCode {
  if (national === "" && /0{10}/.test(dialled)) return "not_a_possible_number"; // 00000 000000
  if (UK_NON_MOBILE.test(national)) return "not_a_mobile";
  if (national.length < MOBILE_DIGITS) return "too_short";
  if (national.length > MOBILE_DIGITS) return "too_long";
  return PERSONAL_OR_PAGER.test(national) ? "not_a_mobile" : "not_a_possible_number";
}

function refuse(code: PhoneRefusalCode): UkMobileResult {
  return { ok: false, code, message: PHONE_REFUSAL_MESSAGES[code] };
}
