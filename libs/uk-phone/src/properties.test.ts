import fc from "fast-check";
import { type CountryCode, getCountries, getExampleNumber, parsePhoneNumberFromString } from "libphonenumber-js/mobile";
import examples from "libphonenumber-js/mobile/examples";
import { expect, test } from "vitest";
import { maskPhone, PHONE_REFUSAL_CODES, parseUkMobile } from "./index.ts";

const SPACES = [
  " ",
  "\t",
  "\n",
  "\u00a0",
  "\u2009",
  "\u202f",
  "\u3000",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u2060",
  "\ufeff",
];
const PREFIXES = ["0", "", "44", "+44", "+44(0)", "0044", "0044(0)", "+0", "+", "0+44", "0+44(0)", "00", "000", "++44"];

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const national = digits(9).map((rest) => `7${rest}`);
const dialled = fc.string({ unit: fc.constantFrom(..."0123456789+() -\u00a0".split("")), maxLength: 30 });

/** Puts separators before, between and after the characters of a number. */
const spaced = (number: string) =>
  fc
    .array(fc.string({ unit: fc.constantFrom(...SPACES, "-", "(", ")"), maxLength: 3 }), {
      minLength: number.length + 1,
      maxLength: number.length + 1,
    })
    .map((gaps) => gaps.map((gap, i) => gap + (number[i] ?? "")).join(""));

test("an accepted number is a UK mobile in E.164, and parsing it again changes nothing", () => {
  const inputs = fc.oneof(
    national,
    national.map((n) => `0${n}`),
    digits(9).map((n) => `+447${n}`),
    dialled,
  );
  fc.assert(
    fc.property(inputs, (input) => {
      const result = parseUkMobile(input);
      if (!result.ok) return;
      expect(result.e164).toMatch(/^\+447\d{9}$/);
      expect(parseUkMobile(result.e164)).toEqual(result);
    }),
    { numRuns: 5_000 },
  );
});

test("every prefix and every spacing of a number gives the same answer", () => {
  const cases = national.chain((n) =>
    fc.tuple(
      fc.constant(n),
      fc.constantFrom(...PREFIXES).chain((prefix) => spaced(prefix + n)),
    ),
  );
  fc.assert(
    fc.property(cases, ([n, input]) => {
      expect(parseUkMobile(input)).toEqual(parseUkMobile(`0${n}`));
    }),
    { numRuns: 3_000 },
  );
});

test("never throws, whatever the input, and always returns a valid result", () => {
  const anything = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.anything(), dialled);
  fc.assert(
    fc.property(anything, (input) => {
      const result = parseUkMobile(input as string);
      if (!result.ok) expect(PHONE_REFUSAL_CODES).toContain(result.code);
    }),
    { numRuns: 5_000 },
  );
});

test("one forbidden character anywhere refuses the number", () => {
  const forbidden = fc
    .string({ unit: "binary", minLength: 1, maxLength: 1 })
    .filter((c) => !/[0-9()+\p{White_Space}\p{Pd}\u2212\p{Default_Ignorable_Code_Point}]/u.test(c));
  fc.assert(
    fc.property(forbidden, fc.nat(11), (character, at) => {
      const input = "07911123456".slice(0, at) + character + "07911123456".slice(at);
      expect(parseUkMobile(input)).toMatchObject({ ok: false, code: "invalid_characters" });
    }),
    { numRuns: 2_000 },
  );
});

test("agrees with libphonenumber, given the input as it is or else without plus signs and leading zeros", () => {
  const mobile = (text: string) => {
    const number = parsePhoneNumberFromString(text, "GB");
    if (number?.countryCallingCode !== "44") return undefined;
    return number.isValid() || /^7700900\d{3}$/.test(number.nationalNumber) ? number.number : undefined;
  };
  const prefixed = fc.tuple(fc.constantFrom(...PREFIXES), national).map(([prefix, n]) => prefix + n);
  const bare = fc.string({ unit: fc.constantFrom(..."0123456789+".split("")), maxLength: 16 });
  fc.assert(
    fc.property(fc.oneof(prefixed, bare), (input) => {
      const text = input.replace(/[()]/g, "");
      // libphonenumber drops the relay prefix 18002 0; we refuse it.
      fc.pre(!/^[+0]*180020/.test(text));
      const result = parseUkMobile(input);
      expect(result.ok ? result.e164 : undefined).toBe(
        mobile(text) ?? mobile(text.replace(/\+/g, "").replace(/^0+/, "")),
      );
    }),
    { numRuns: 5_000 },
  );
});

const countries = getCountries().filter((country) => !["GB", "GG", "JE", "IM"].includes(country));

test.each(countries)("a mobile from %s is not a UK number, however it is written", (country: CountryCode) => {
  const example = getExampleNumber(country, examples);
  if (!example) return;
  const { number } = example;
  for (const input of [number, `+${number}`, number.replace("+", "00"), `0${number}`, example.formatInternational()]) {
    expect(parseUkMobile(input), input).toMatchObject({ ok: false, code: "not_a_uk_number" });
  }
  expect(parseUkMobile(number.slice(1)).ok).toBe(false);
});

test("+7 and ten more digits is Russian or Kazakh; with nine more, the plus can only be a stray", () => {
  fc.assert(
    fc.property(digits(9), fc.nat(9), (rest, last) => {
      expect(parseUkMobile(`+7${rest}${last}`)).toMatchObject({ ok: false });
      expect(parseUkMobile(`+7${rest}`)).toEqual(parseUkMobile(`07${rest}`));
    }),
  );
});

test("every number in the drama range is accepted, and no other that starts with 07700 9", () => {
  for (let n = 0; n < 100_000; n += n < 1_000 ? 1 : 97) {
    expect(parseUkMobile(`077009${String(n).padStart(5, "0")}`).ok).toBe(n < 1_000);
  }
});

test.each(["0", "7", "+", " ", "(", "\u200b", "a", "😀"])("a megabyte of %j is refused unread", (unit) => {
  const hostile = unit.repeat(2 ** 20);
  const startedAt = performance.now();
  for (let i = 0; i < 100; i += 1) expect(parseUkMobile(hostile).ok).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test("a mask shows the last three digits and nothing else", () => {
  expect(maskPhone("+447700900123")).toBe("+44•••••••123");
  expect(maskPhone("+353871234567")).toBe("+•••••••••567");
  for (const other of ["", "07700900123", "+44", "Sam 07700 900123", "+447700900123\n", undefined]) {
    expect(maskPhone(other as string)).toBe("•••");
  }
});
