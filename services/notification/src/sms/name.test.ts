import { expect, test } from "vitest";
import { shownName } from "./name.ts";

test.each([
  ["Zoë", "Zoë"],
  ["D\u2019Arcy", "D'Arcy"],
  ["Anne\u2011Marie", "Anne-Marie"],
  ["Mary\u00a0Ann", "Mary Ann"],
  ["O\u200bonagh", "Oonagh"],
  ["Łukasz", "Łukasz"],
  ["محمد", "محمد"],
])("%s keeps its letters but gets the template's typography", (given, shown) => {
  expect(shownName(given)).toBe(shown);
});

test.each([
  ["Maria Isabella Francesca", "Maria Isabella"],
  ["Win a prize at evil", "Win a"],
  ["  Ann   Lee ", "Ann Lee"],
  ["Maximiliana Bartholomea", "Maximiliana"],
  ["Wolfeschlegelsteinhausenberger", "Wolfeschlegelsteinha"],
  ["Abcdefghijklmnopqrs-tuvwxyz", "Abcdefghijklmnopqrs"],
  [`${"e\u0308".repeat(25)}`, "ë".repeat(20)],
  [`${"👩‍👩‍👧".repeat(25)}`, "👩‍👩‍👧".repeat(20)],
])("the text shows at most two words and twenty letters of %s", (given, shown) => {
  expect(shownName(given)).toBe(shown);
});
