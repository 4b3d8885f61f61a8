import { fold } from "../registration/fold.ts";
import { conditionsAt, type Trait, traits } from "./traits.ts";

/** A condition of SQL, and the values of its question marks. */
export type Condition = readonly [sql: string, ...values: string[]];

const LENGTH_MAX = 100;
const WORDS_MAX = 8;
/** Fewer digits, or a shorter beginning of an id, would match half the club. */
const DIGITS_MIN = 3;
const ID_START_MIN = 6;

/** The text in which names and the team are found, and by which rows are sorted by name. */
export const searchText = (...texts: readonly string[]): string => texts.map(fold).join(" ");

/**
 * One condition for each word, in any order: a part of the child's, the parent's or the team's name, the last digits of the number,
 * the age group, the season, a status or trait, or the beginning of the registration's or the billing request's id.
 */
export const searchConditions = (text: string, now: Date): Condition[] => {
  const conditions = conditionsAt(now);
  return words(text.slice(0, LENGTH_MAX)).map((word) => {
    const ways = waysToFit(word);
    const trait = traits.find((one): one is Trait => one === word);
    const sql = [...ways.map(([condition]) => condition), ...(trait ? [conditions[trait]] : [])].join(" OR ");
    return [`(${sql})`, ...ways.flatMap(([, ...values]) => values)];
  });
};

const SEASON = /^(?:20)?(\d\d)\/?(\d\d)$/;
const NUMBER = /^[\d+().-]*\d[\d+().-]*$/;

/** The digits of a season in any usual spelling. Consecutive years distinguish it from the end of a number. */
const seasonIn = (word: string): string | undefined => {
  const [, from = "", to = ""] = SEASON.exec(word) ?? [];
  return from !== "" && (Number(from) + 1) % 100 === Number(to) ? from + to : undefined;
};

/** In lower case. A number that is written in groups is one word, and of a link only its id counts. */
const words = (text: string): string[] => {
  const found: string[] = [];
  let afterNumber = false;
  for (const given of text.toLowerCase().split(/\s+/)) {
    const season = seasonIn(given);
    const isNumber: boolean = NUMBER.test(given) && (afterNumber || season === undefined);
    if (isNumber && afterNumber) found.push(`${found.pop() ?? ""}${given}`);
    else found.push(season ?? given.slice(given.lastIndexOf("/") + 1));
    afterNumber = isNumber;
  }
  return found.filter((word) => fold(word) !== "").slice(0, WORDS_MAX);
};

const waysToFit = (word: string): Condition[] => {
  const ways: Condition[] = [
    ["instr(search_text, ?) > 0", fold(word)],
    ["? IN (age_group, season, payment_status, sms_delivery_status)", word],
  ];
  // Numbers are stored with their country code, without the leading 0.
  const digits = NUMBER.test(word) ? word.replaceAll(/\D/g, "").replace(/^(?:00)?(?:44)?0?(?=\d{10}$)/, "") : "";
  if (digits.length >= DIGITS_MIN) ways.push(["parent_phone LIKE '%' || ?", digits]);
  if (word.length >= ID_START_MIN) {
    ways.push(["instr(lower(registration_id), ?) = 1", word], ["instr(lower(billing_request_id), ?) = 1", word]);
  }
  return ways;
};
