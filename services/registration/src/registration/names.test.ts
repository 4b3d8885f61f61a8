import fc from "fast-check";
import { expect, test } from "vitest";
import { checkEmail, checkName, checkReason, checkTeam } from "./names.ts";

test.each([
  ["Zoë"],
  ["O'Neill"],
  ["O’Neill"],
  ["Jean-Luc"],
  ["María José"],
  ["St. John"],
  ["St.John"],
  ["J.R.R.Tolkien"],
  ["J.-P."],
  ["É.Ó."],
  ["J. R."],
  ["Nguyễn"],
  ["Łukasz"],
  ["محمد"],
  ["李小龍"],
  ["อภิชาติ"],
  ["प्रिया"],
  ["Ng"],
  ["X"],
  ["ʻAolani"],
  ["𐐷".repeat(50)],
  ["O´Neill"],
  ["O`Neill"],
  ["Mary–Jane"],
  ["Gal·la"],
  ["阿卜杜拉·买买提"],
  ["マイケル・ジャクソン"],
  ["בן־דוד"],
  ["ג׳ון"],
  ["علی\u200cرضا"],
  ["क्\u200dष"],
  ["മോഹന്\u200d"],
  ["葛\u{e0100}城"],
])("%s is a name", (name) => {
  expect(checkName(name)).toEqual({ ok: true, value: name });
});

test.each([
  ["", "required"],
  ["   ", "required"],
  ["x".repeat(51), "too_long"],
  ["x".repeat(100_000), "too_long"],
  ["Zo\u0000e", "control_characters"],
  ["Zoe\n", "control_characters"],
  ["Zoe\u007f", "control_characters"],
  ["Zo\ud800e", "invalid_characters"],
  ["\u3164", "required"],
  ["Zo\u2028e", "invalid_characters"],
  ["Zoe\ue000", "invalid_characters"],
  ["\u0301Zoe", "invalid_characters"],
  [`Z${"\u0336".repeat(9)}oe`, "invalid_characters"],
  ["R2D2", "invalid_characters"],
  ["<b>Zoe</b>", "invalid_characters"],
  ["Zoe; DROP TABLE", "invalid_characters"],
  ["Zoe 🦁", "invalid_characters"],
  ["- -", "invalid_characters"],
  ["evil.example", "contains_link"],
  ["https://evil.example/x", "contains_link"],
  ["www.evil", "contains_link"],
  ["evil.london", "contains_link"],
  ["evil\u200b.london", "contains_link"],
  ["ev\u00adil.London", "contains_link"],
  ["e-vi.london", "contains_link"],
  ["x.com", "contains_link"],
  ["Sam.", "contains_link"],
  [".Sam", "contains_link"],
])("%j is not a name: %s", (name, code) => {
  expect(checkName(name)).toMatchObject({ ok: false, violation: { code } });
});

test.each([
  ["Zo\u202ee"],
  ["\u200fZoe\u200e"],
  ["\u2068Zoe\u2069"],
  ["Zo\u200be"],
  ["\ufeffZoe"],
  ["Zo\u00ade"],
  ["Zo\u2060e"],
  ["Zo\u200ce"],
  ["Zoe\u200d"],
  ["Zo\u034fe"],
  ["Zo\ufe0fe"],
  ["Zoe\u115f\u3164"],
  ["Zoe\u{e0041}"],
])("%j loses its invisible characters", (pasted) => {
  expect(checkName(pasted)).toEqual({ ok: true, value: "Zoe" });
  expect(checkTeam(pasted)).toEqual({ ok: true, value: "Zoe" });
});

test("a joiner stays where it changes a letter", () => {
  expect(checkName("\u200fعلی\u200c\u200cرضا\u200c")).toEqual({ ok: true, value: "علی\u200cرضا" });
  expect(checkName("Zoe\u200b\u0308")).toEqual({ ok: true, value: "Zoë" });
});

test("the same name typed on two keyboards is one text", () => {
  expect(checkName("Zoe\u0308 ")).toEqual({ ok: true, value: "Zoë" });
  expect(checkName("Mary\u00a0 Ann")).toEqual({ ok: true, value: "Mary Ann" });
});

test("an accepted name is composed, trimmed and short, and accepting it again changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      const result = checkName(text);
      if (!result.ok) return;
      expect(result.value).toBe(result.value.normalize("NFC").trim());
      expect(Array.from(result.value).length).toBeLessThanOrEqual(50);
      expect(checkName(result.value)).toEqual(result);
    }),
  );
});

test("a team is printable and does not look like a link", () => {
  for (const team of ["U10 Tigers (Red) & Blues/A", "St.Pauli", "F.C. Löwen 🦁", "7"]) {
    expect(checkTeam(team)).toEqual({ ok: true, value: team });
  }
  expect(checkTeam("x".repeat(61))).toMatchObject({ violation: { code: "too_long" } });
  expect(checkTeam("tigers.co.uk")).toMatchObject({ violation: { code: "contains_link" } });
  expect(checkTeam("Ti\u2028gers")).toMatchObject({ violation: { code: "invalid_characters" } });
});

test("a reason may be absent", () => {
  expect(checkReason("")).toEqual({ ok: true, value: "" });
  expect(checkReason("x".repeat(201))).toMatchObject({ violation: { code: "too_long" } });
});

test("an e-mail address has one @ and a host", () => {
  for (const email of ["sam@example.org", "o'neill+club@mail.example.co.uk", "zoë@exämple.org"]) {
    expect(checkEmail(email)).toEqual({ ok: true, value: email });
  }
  for (const email of [
    "sam",
    "sam@",
    "@x.org",
    "a@b",
    "a b@x.org",
    "a@b@x.org",
    "a@x.org\n<b>",
    `${"a".repeat(250)}@x.org`,
  ]) {
    expect(checkEmail(email).ok).toBe(false);
  }
});
