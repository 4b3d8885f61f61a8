import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findOperator, type Operator, parseOperators, withoutToken, withToken } from "./operators.ts";
import { followOperators, readOperators, writeOperators } from "./operators-file.ts";
import { createPeople, sha256 } from "./people.ts";

const token = (id: string, secret: string) => ({ id, sha256: sha256(secret), createdAt: "2026-11-28T09:00:00.000Z" });
const sam: Operator = {
  id: "op-1",
  name: "Sam Khan",
  role: "operator",
  teams: ["Tigers"],
  tokens: [token("t1", "sams-phone"), token("t2", "sams-laptop")],
};

let folder: ReturnType<typeof temporaryFolder>;
let path: string;

beforeEach(() => {
  folder = temporaryFolder("people");
  path = join(folder.path, "registration", "operators.json");
});
afterEach(() => folder.remove());

test("a file is for its owner alone, and holds no token", () => {
  expect(readOperators(path)).toEqual([]);
  writeOperators(path, [sam]);
  expect(readOperators(path)).toEqual([sam]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).not.toContain("sams-");
});

test("tokens are found, and withdrawn one by one, while the service runs", () => {
  writeOperators(path, [sam]);
  const people = createPeople(
    followOperators(path, () => {}),
    undefined,
  );
  const person = { id: "op-1", name: "Sam Khan", role: "operator", teams: ["Tigers"], tokenId: "t1" };
  expect(people.byToken("sams-phone")).toEqual(person);
  expect(people.byTokenId("t1")).toEqual(person);
  expect(people.byToken("sams-")).toBeUndefined();
  expect(people.nameOf("op-1")).toBe("Sam Khan");

  writeOperators(path, withoutToken([sam], "t1"));
  expect(people.byToken("sams-phone")).toBeUndefined();
  expect(people.byTokenId("t1")).toBeUndefined();
  expect(people.byToken("sams-laptop")?.tokenId).toBe("t2");

  writeOperators(path, withToken([sam], "op-1", token("t3", "sams-tablet")));
  expect(people.byToken("sams-tablet")?.tokenId).toBe("t3");
});

test("the shared key is an administrator until there are operators by name", () => {
  const people = createPeople(
    followOperators(path, () => {}),
    "the-committee-knows-it",
  );
  expect(people.byToken("the-committee-knows-it")).toMatchObject({ id: "shared-key", role: "admin", teams: undefined });
  expect(people.needTokens()).toBe(true);
  writeOperators(path, [sam]);
  expect(people.byToken("the-committee-knows-it")).toBeUndefined();
  expect(people.byTokenId("shared-key")).toBeUndefined();
});

test("without operators and key nobody needs a token", () => {
  const people = createPeople(
    followOperators(path, () => {}),
    undefined,
  );
  expect(people.needTokens()).toBe(false);
  expect(people.byToken("")).toBeUndefined();
  writeOperators(path, [{ ...sam, tokens: [] }]);
  expect(people.needTokens()).toBe(true);
});

test("while the file is invalid nobody is admitted, not even with the shared key", () => {
  writeOperators(path, [sam]);
  const broken: unknown[] = [];
  const people = createPeople(
    followOperators(path, (error) => broken.push(error)),
    "the-committee-knows-it",
  );
  expect(people.byToken("sams-phone")).toBeDefined();
  writeFileSync(path, "{ sams-phone");
  for (const secret of ["sams-phone", "the-committee-knows-it"]) expect(people.byToken(secret)).toBeUndefined();
  expect(people.needTokens()).toBe(true);
  expect(broken).toHaveLength(1);
  expect(String(broken[0])).not.toContain("sams");
});

test.each([
  [{}, "its top"],
  [{ operators: [{ ...sam, role: "owner" }] }, "/operators/0/role"],
  [{ operators: [{ ...sam, teams: [] }] }, "/operators/0/teams"],
  [{ operators: [{ ...sam, tokens: [{ ...token("t1", "x"), sha256: "x" }] }] }, "/operators/0/tokens/0/sha256"],
])("%j is refused at its place", (file, place) => {
  expect(() => parseOperators(JSON.stringify(file))).toThrow(`wrong at ${place}`);
});

test("an operator is found by id or name, and never guessed", () => {
  const other = { ...sam, id: "op-2" };
  expect(findOperator([sam], "Sam Khan")).toBe(sam);
  expect(findOperator([sam, other], "op-2")).toBe(other);
  expect(findOperator([sam, other], "Sam Khan")).toBeUndefined();
});
