import { expect, test } from "vitest";
import { sameChild } from "./same-child.ts";

const zoe = { child: { firstName: "Zoë", lastName: "O'Neill-Smith" }, team: "Tigers", season: "2526" };
const other = { registrationId: "r1", childName: "Zoë O'Neill-Smith", team: "Tigers", season: "2526" };

test.each(["Zoë O'Neill-Smith", "ZOE ONEILL SMITH", "zoe O’Neill‐Smith", "Zoe\u0308 O'Neill Smith"])(
  "%s is the same child",
  (childName) => {
    expect(sameChild("r2", zoe, [{ ...other, childName }])).toBe("r1");
  },
);

test("a sibling, another team, another season and the registration itself are not the same child", () => {
  expect(sameChild("r2", zoe, [{ ...other, childName: "Mia O'Neill-Smith" }])).toBeUndefined();
  expect(sameChild("r2", zoe, [{ ...other, team: "Lions" }])).toBeUndefined();
  expect(sameChild("r2", zoe, [{ ...other, season: "2627" }])).toBeUndefined();
  expect(sameChild("r1", zoe, [other])).toBeUndefined();
});

test("marks that are vowels make a different name", () => {
  const [anil, anila] = ["अनिल", "अनीला"];
  const given = { ...zoe, child: { firstName: anil, lastName: "Rao" } };
  expect(sameChild("r2", given, [{ ...other, childName: `${anila} Rao` }])).toBeUndefined();
  expect(sameChild("r2", given, [{ ...other, childName: `${anil} Rao` }])).toBe("r1");
});

test("the first of several is named", () => {
  expect(sameChild("r3", zoe, [other, { ...other, registrationId: "r2" }])).toBe("r1");
});
