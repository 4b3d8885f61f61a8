import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const contract = "proto/touchline/registration/v1/registration.proto";
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "touchline-proto-"));
  for (const path of ["proto", "buf.yaml", "buf.gen.yaml"])
    cpSync(join(root, path), join(copy, path), { recursive: true });
});

afterEach(() => rmSync(copy, { recursive: true }));

const buf = (...args: string[]): string => {
  const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}` };
  try {
    return execFileSync(join(root, "node_modules/.bin/buf"), args, { cwd: copy, env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
};

const breaking = () => buf("breaking", "--against", "proto/lock.binpb");

const edit = (from: string, to: string) => {
  const path = join(copy, contract);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

test("the contract matches the landed one, and adding a field breaks no client", () => {
  expect(breaking()).toBe("");
  edit("optional string email = 3;", "optional string email = 3;\n  // New.\n  string greeting = 4;");
  expect(breaking()).toBe("");
});

test.each([
  ["removing a field", "  string parent_phone = 4;", "", "parent_phone"],
  ["changing a field's type", "string season = 7;", "int32 season = 7;", "season"],
  ["changing a field's JSON name", "string age_group = 6;", "string age = 6;", "age_group"],
  [
    "removing a call",
    "  rpc CancelRegistration(CancelRegistrationRequest) returns (CancelRegistrationResponse);",
    "",
    "",
  ],
])("%s is refused", (_, from, to, named) => {
  edit(from, to);
  const output = breaking();
  if (named) expect(output).toContain(named);
  expect(output).toContain("registration.proto");
});

test("an undocumented field is refused", () => {
  edit("optional string email = 3;", "optional string email = 3;\n\n  string greeting = 4;");
  expect(buf("lint")).toContain("greeting");
});

test("the generated code matches this contract; if not, run `npm run generate`", () => {
  buf("generate");
  const generated = join(copy, "libs/contracts/src/gen");
  const present = join(root, "libs/contracts/src/gen");
  const files = readdirSync(generated, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files)
    expect(readFileSync(join(present, file), "utf8")).toBe(readFileSync(join(generated, file), "utf8"));
});
