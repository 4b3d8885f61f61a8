import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./env.ts";

test("every fault is told at once, and no value is repeated", () => {
  const read = () =>
    readConfig({ PORT: "80a", MODE: "s3cret", BASE: "ftp://s3cret" }, (env) => ({
      token: env.text("TOKEN"),
      port: env.integer("PORT", { min: 1, max: 65_535 }),
      mode: env.oneOf("MODE", ["sandbox", "live"]),
      base: env.url("BASE", { protocols: ["http:", "https:"] }),
    }));
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    expect((error as ConfigError).faults).toEqual([
      "TOKEN is missing.",
      "PORT must be a whole number from 1 to 65535.",
      "MODE must be one of: sandbox, live.",
      "BASE must be a URL that starts with http:// or https://.",
    ]);
    expect(String(error)).not.toContain("s3cret");
  }
});

test("blank settings count as absent, and URLs lose their trailing slash", () => {
  const config = readConfig({ A: "  ", BASE: "https://club.example/" }, (env) => ({
    a: env.optional("A"),
    base: env.url("BASE", { protocols: ["https:"] }),
    n: env.integer("N", { fallback: 3 }),
  }));
  expect(config).toEqual({ a: undefined, base: "https://club.example", n: 3 });
});

test("a secret comes from the file that NAME_FILE names, unless NAME itself is there", () => {
  const folder = mkdtempSync(join(tmpdir(), "touchline-env-"));
  try {
    const file = join(folder, "token");
    writeFileSync(file, "from-file\n");
    const read = (env: NodeJS.ProcessEnv) => readConfig(env, (reader) => reader.text("TOKEN"));
    expect(read({ TOKEN_FILE: file })).toBe("from-file");
    expect(read({ TOKEN: "from-env", TOKEN_FILE: file })).toBe("from-env");
    expect(() => read({ TOKEN_FILE: join(folder, "none") })).toThrow("TOKEN_FILE names a file that cannot be read.");
    writeFileSync(file, "\n");
    expect(() => read({ TOKEN_FILE: file })).toThrow("TOKEN_FILE names an empty file.");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
