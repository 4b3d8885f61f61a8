import { NOTE_MAX } from "@touchline/contracts";
import type { ViolationCode } from "./violations.ts";

export type Checked =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly violation: TextViolation };

export interface TextViolation {
  readonly code: ViolationCode;
  readonly message: string;
}

const NAME_LENGTH_MAX = 50;
const TEAM_LENGTH_MAX = 60;
const REASON_LENGTH_MAX = 200;
const EMAIL_LENGTH_MAX = 254;

/**
 * Letters with the marks that some scripts write on them, and what comes between the parts of names: apostrophes (straight,
 * curly, turned, an accent in their place, Hebrew's geresh), hyphens (and the dash that phones make of one, Hebrew's and
 * Armenian's), full stop, the middle dots of Catalan, Chinese and Japanese, joiners, space.
 */
const NAME = /^(?:[\p{L}\p{M}'’‘´`׳‐‑–־֊·‧・ .-]|\u200c|\u200d)+$/u;
/** A mark belongs to a letter, and no script puts more than a few on one. */
const STRAY_MARKS = /(?:^|[^\p{L}\p{M}])\p{M}|\p{M}{9}/u;
/** Persian and the scripts of India spell names with joiners, and Chinese characters have variants. */
const FITTING =
  /(?<=\p{sc=Han})[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|(?<=\p{scx=Arab})\u200c(?=\p{L})|(?<=[\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}])[\u200c\u200d]/gu;
const CONTROL = /\p{Cc}/u;
/** Unassigned, for private use, or a line break: nothing that belongs in a club's list. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Invisible: direction marks, zero-width spaces, soft hyphens, Hangul fillers. They come with pasted text. */
const INVISIBLE = /(?![\p{Join_Control}\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}/gu;
/** Invisible by itself, but may change the letter before it. */
const CHANGING = /([\p{Join_Control}\p{Variation_Selector}])\1*/gu;
/**
 * A first name is texted, and a phone makes a link of anything that looks like a host: "evil.london". So a full stop is allowed only
 * after one or two letters: "St.John", "J.-P.".
 */
const STRAY_STOP = /(?<!(?:^|[ .]|\.[-‐‑])(?:\p{L}\p{M}*){1,2})\./u;
const LINK =
  /:\/\/|\bwww\.|\w\.(?:com|net|org|info|biz|app|dev|link|site|online|shop|top|xyz|club|uk|co|io|me|ly|eu|ru|cn|tk|to|gg|gl|be)\b/i;

const NO_LINKS = "Links are not allowed here; after a full stop comes a space.";

/** Trimmed, with one kind of space, composed, without invisible characters, so that the same name typed on two keyboards gives the same text. */
const tidy = (text: string): string =>
  withoutInvisible(text)
    .normalize("NFC")
    .replaceAll(/\p{Zs}+/gu, " ")
    .trim();

const withoutInvisible = (text: string): string => {
  const once = text.replaceAll(INVISIBLE, "").replaceAll(CHANGING, "$1");
  const fitting = new Set(Array.from(once.matchAll(FITTING), ({ index }) => index));
  return once.replaceAll(CHANGING, (mark, _, at: number) => (fitting.has(at) ? mark : ""));
};

/** A first or last name: 1-50 letters of any script with apostrophe, hyphen, space, full stop. */
export const checkName = (input: string): Checked => {
  const common = checkText(input, NAME_LENGTH_MAX);
  if (!common.ok) return common;
  if (!NAME.test(common.value) || !/\p{L}/u.test(common.value) || STRAY_MARKS.test(common.value)) {
    return refuse("invalid_characters", "Names have letters, apostrophes, hyphens, spaces and full stops only.");
  }
  if (STRAY_STOP.test(common.value)) {
    return refuse("contains_link", "A full stop comes only after one or two letters, as in St. or J.");
  }
  return common;
};

/** A team's name: 1-60 printable characters. */
export const checkTeam = (input: string): Checked => checkText(input, TEAM_LENGTH_MAX);

/** Why a registration is cancelled: up to 200 printable characters, or none. */
export const checkReason = (input: string): Checked =>
  input.trim() === "" ? { ok: true, value: "" } : checkText(input, REASON_LENGTH_MAX);

/** An operator's note: 1-1000 characters, with line breaks. */
export const checkNote = (input: string): Checked => {
  if (input.length > NOTE_MAX * 20) return refuse("too_long", `At most ${NOTE_MAX} characters.`);
  const value = tidy(input.replaceAll(/\r\n?/g, "\n"));
  if (value === "") return refuse("required", "This must not be empty.");
  if (Array.from(value).length > NOTE_MAX) return refuse("too_long", `At most ${NOTE_MAX} characters.`);
  return isPrintable(value.replaceAll("\n", " "))
    ? { ok: true, value }
    : refuse("invalid_characters", "Invisible characters are not allowed.");
};

/** An id that the caller chose, so that a repeat is safe. */
export const isChosenId = (id: string): boolean => /^[A-Za-z0-9-]{1,64}$/.test(id);
export const notAnId: TextViolation = { code: "invalid", message: "1 to 64 letters, digits and hyphens." };

const REFUND_MAX_PENCE = 1_000_000;

/** Undefined if the refund is valid. */
export const checkRefund = ({
  refundRequestId,
  amountPence,
}: {
  refundRequestId: string;
  amountPence: number;
}): { readonly field: string; readonly violation: TextViolation } | undefined => {
  if (!isChosenId(refundRequestId)) return { field: "refundRequestId", violation: notAnId };
  if (!Number.isInteger(amountPence) || amountPence < 1 || amountPence > REFUND_MAX_PENCE)
    return {
      field: "amountPence",
      violation: { code: "out_of_range", message: "A whole number of pence, from 1 to 1,000,000." },
    };
  return undefined;
};

/** One address, as its owner writes it. Whether it can be reached is not checked. */
export const checkEmail = (input: string): Checked => {
  const value = input.trim();
  if (value.length > EMAIL_LENGTH_MAX) return refuse("too_long", `At most ${EMAIL_LENGTH_MAX} characters.`);
  return /^[^\s@<>()[\],;:"\\\p{C}]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(value)
    ? { ok: true, value }
    : refuse("invalid", "An e-mail address looks like sam@example.org.");
};

const checkText = (input: string, lengthMax: number): Checked => {
  // Checked before normalising, so that a megabyte of text costs nothing.
  if (input.length > lengthMax * 20) return refuse("too_long", `At most ${lengthMax} characters.`);
  if (CONTROL.test(input))
    return refuse("control_characters", "Control characters, such as line breaks, are not allowed.");
  const value = tidy(input);
  if (value === "") return refuse("required", "This must not be empty.");
  if (Array.from(value).length > lengthMax) return refuse("too_long", `At most ${lengthMax} characters.`);
  if (LINK.test(value)) return refuse("contains_link", NO_LINKS);
  if (!isPrintable(value)) return refuse("invalid_characters", "Invisible characters are not allowed.");
  return { ok: true, value };
};

/** A lone surrogate cannot be stored as UTF-8. */
const isPrintable = (value: string): boolean =>
  !UNPRINTABLE.test(value.replaceAll(FITTING, "")) && value.isWellFormed();

const refuse = (code: ViolationCode, message: string): Checked => ({ ok: false, violation: { code, message } });
