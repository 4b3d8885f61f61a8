import fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { expect, test } from "vitest";
import { asciiName, measureText, renderText } from "./text.ts";

const SEED =
  "Registration complete for {child_name}! Pay when convenient: {PAYMENT_BASE_URL}/reg_setup/{billing_request_id} Registration not complete until payment made.";

const seedText = (
  child_name: string,
  PAYMENT_BASE_URL = "http://urmstontownjfc.co.uk",
  billing_request_id = "BRQ000010NMDMH2",
) => renderText(SEED, { child_name, PAYMENT_BASE_URL, billing_request_id });

const gsm = (units: number, segments: number) => ({ encoding: "GSM-7", segments, units });
const ucs = (units: number, segments: number) => ({ encoding: "UCS-2", segments, units });

test("the default text with a 12-letter name and a 15-character id is exactly one segment with http", () => {
  expect(measureText(seedText("Abcdefghijkl"))).toEqual(gsm(160, 1));
});

test("https makes it two segments", () => {
  expect(measureText(seedText("Abcdefghijkl", "https://urmstontownjfc.co.uk"))).toEqual(gsm(161, 2));
  expect(measureText(seedText("Abcdefghijk", "https://urmstontownjfc.co.uk"))).toEqual(gsm(160, 1));
});

test.each(["Zoëabcdefghi", "Siânabcdefgh", "D’Arcyabcdef", "Łukaszabcdef"])(
  "the name %s makes it UCS-2 and three segments",
  (name) => {
    expect(measureText(seedText(name))).toEqual(ucs(160, 3));
    expect(measureText(seedText(asciiName(name)))).toEqual(gsm(160, 1));
  },
);

test.each(["Chloé", "René", "Jürgen", "Åse", "Søren", "Begoña", "Ælla"])("the name %s is in GSM-7", (name) => {
  expect(measureText(seedText(name)).encoding).toBe("GSM-7");
});

test.each([
  ["empty", "", gsm(0, 1)],
  ["160", "a".repeat(160), gsm(160, 1)],
  ["161", "a".repeat(161), gsm(161, 2)],
  ["306", "a".repeat(306), gsm(306, 2)],
  ["307", "a".repeat(307), gsm(307, 3)],
  ["80 euro signs", "€".repeat(80), gsm(160, 1)],
  ["an escape pair past 160", `${"a".repeat(159)}€`, gsm(161, 2)],
  ["an escape pair on the boundary of two parts", `${"a".repeat(152)}€${"a".repeat(152)}`, gsm(306, 3)],
  ["an escape pair just before it", `${"a".repeat(151)}€${"a".repeat(153)}`, gsm(306, 2)],
  ["escape pairs only, 76 per part", "[".repeat(153), gsm(306, 3)],
  ["70 of UCS-2", "я".repeat(70), ucs(70, 1)],
  ["71 of UCS-2", "я".repeat(71), ucs(71, 2)],
  ["134 of UCS-2", "я".repeat(134), ucs(134, 2)],
  ["135 of UCS-2", "я".repeat(135), ucs(135, 3)],
  ["an escape character in UCS-2 is one unit", `я${"€".repeat(69)}`, ucs(70, 1)],
  ["35 emoji", "😀".repeat(35), ucs(70, 1)],
  ["36 emoji", "😀".repeat(36), ucs(72, 2)],
  ["a surrogate pair on the boundary of two parts", `${"я".repeat(66)}😀${"я".repeat(66)}`, ucs(134, 3)],
  ["a surrogate pair just before it", `${"я".repeat(65)}😀${"я".repeat(67)}`, ucs(134, 2)],
  ["33 emoji per part", "😀".repeat(67), ucs(134, 3)],
  ["a lone surrogate", "\ud83d", ucs(1, 1)],
  [
    "a separate accent on the boundary, which may be split from its letter",
    `${"я".repeat(66)}e\u0301${"я".repeat(66)}`,
    ucs(134, 2),
  ],
  ["a back-tick and a tab are not in GSM-7", "`\t", ucs(2, 1)],
  ["CR LF", "\r\n", gsm(2, 1)],
])("%s", (_, body, expected) => {
  expect(measureText(body)).toEqual(expected);
});

/** A straightforward model: at each position, is there room for this character in the open part? */
function model(body: string) {
  const extension = "^{}\\[~]|€\f";
  const basic = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ -#¤%-?¡A-ZÄÖÑÜ§¿a-zäöñüà]$/;
  const isGsm = Array.from(body).every((c) => basic.test(c) || extension.includes(c));
  const widths = Array.from(body).map((c) => (isGsm ? (extension.includes(c) ? 2 : 1) : c.length));
  const total = widths.reduce((a, b) => a + b, 0);
  if (total <= (isGsm ? 160 : 70)) return isGsm ? gsm(total, 1) : ucs(total, 1);
  const limit = isGsm ? 153 : 67;
  const filled: number[] = [0];
  for (const width of widths) {
    const open = filled.pop() ?? 0;
    filled.push(...(open + width <= limit ? [open + width] : [open, width]));
  }
  return isGsm ? gsm(total, filled.length) : ucs(total, filled.length);
}

const alphabet = (extra: string[]) => fc.constantFrom(..."ab7 @£é\n€[]{}~^|\\".split(""), ...extra);
const bodies = fc.oneof(
  fc.string({ unit: alphabet([]), maxLength: 500 }),
  fc.string({ unit: alphabet(["ë", "’", "я", "😀"]), maxLength: 500 }),
  fc.array(fc.constantFrom("a", "€", "😀", "я"), { size: "max", maxLength: 500 }).map((cs) => cs.join("")),
  // Around the boundaries, where one unit matters.
  fc
    .tuple(
      fc.constantFrom("a", "я"),
      fc.integer({ min: 60, max: 320 }),
      fc.constantFrom("€", "😀", "a€", "€😀"),
      fc.nat(100),
    )
    .map(([filler, before, wide, after]) => filler.repeat(before) + wide + filler.repeat(after)),
);

test("agrees with the straightforward model", () => {
  fc.assert(
    fc.property(fc.oneof(bodies, fc.string({ unit: "binary", maxLength: 400 })), (body) => {
      expect(measureText(body)).toEqual(model(body));
    }),
    { numRuns: 2_000 },
  );
});

test("agrees with Twilio's calculator", () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const twilio = new SegmentedMessage(body);
      const { encoding, segments, units } = measureText(body);
      expect({ encoding, segments }).toEqual({ encoding: twilio.encodingName, segments: twilio.segmentsCount });
      expect(units * (encoding === "GSM-7" ? 7 : 16)).toBe(twilio.messageSize);
    }),
    { numRuns: 500 },
  );
});

test("agrees with Twilio's calculator on the encoding of every character of the Basic Multilingual Plane", () => {
  for (let code = 0; code < 0xd800; code += 1) {
    if (code === 0x1b) continue; // The escape itself is not a character.
    const character = String.fromCharCode(code);
    if (measureText(character).encoding !== new SegmentedMessage(character).encodingName)
      expect.fail(code.toString(16));
  }
});

test("a longer text never takes fewer segments, and parts are filled", () => {
  fc.assert(
    fc.property(bodies, fc.nat(500), (body, at) => {
      const whole = measureText(body);
      expect(measureText(body.slice(0, at)).segments).toBeLessThanOrEqual(whole.segments);
      const [alone, part] = whole.encoding === "GSM-7" ? [160, 153] : [70, 67];
      expect(whole.segments === 1).toBe(whole.units <= alone);
      // Each part but the last is at most one unit short.
      if (whole.segments > 1) expect(whole.units).toBeGreaterThan((whole.segments - 1) * (part - 1));
    }),
    { numRuns: 1_000 },
  );
});
