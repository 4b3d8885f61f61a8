import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "./env.ts";
import { createHealth } from "./health.ts";
import { createHttpServer } from "./http.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";

test("every violation is reported at once, and no value is repeated", () => {
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
    expect((error as ConfigError).violations).toEqual([
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

test("a secret is read from the file that NAME_FILE names, unless NAME itself is set", () => {
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

describe("proxies", () => {
  const read = (text: string) => readConfig({ TRUST_PROXY: text }, (env) => env.proxies("TRUST_PROXY"));

  test("are addresses, networks, and names of networks", () => {
    expect(read("")).toBeUndefined();
    expect(read("loopback")).toBe("loopback");
    expect(read("10.0.0.0/8, 2001:db8::/32  192.0.2.10")).toBe("10.0.0.0/8,2001:db8::/32,192.0.2.10");
    // Caddy's name for them, so that the services can trust the same proxies as their edge.
    expect(read("uniquelocal private_ranges")).toBe("uniquelocal,loopback,uniquelocal");
  });

  test.each([
    "true",
    "*",
    "proxy.example",
    "10.0.0.0/33",
    "::1/129",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8/8",
    "10.0.0.0/x",
  ])("%s is reported with the other violations", (text) =>
    expect(() => read(text)).toThrow(/TRUST_PROXY must be addresses or networks/),
  );

  test.each([
    ["a parent behind the edge", "172.18.0.5", "198.51.100.7", "198.51.100.7"],
    ["a client that claims another address", "172.18.0.5", "203.0.113.9, 198.51.100.7", "198.51.100.7"],
    ["a parent behind the web host that the edge trusts", "172.18.0.5", "2001:db8::7, 192.0.2.10", "2001:db8::7"],
    [
      "a client that claims to come through the web host",
      "172.18.0.5",
      "203.0.113.9, 192.0.2.10, 198.51.100.7",
      "198.51.100.7",
    ],
    ["a client that reaches the service directly", "198.51.100.7", "203.0.113.9", "198.51.100.7"],
    ["a client that sends words instead of an address", "172.18.0.5", "<script>, 198.51.100.7", "198.51.100.7"],
  ])("show who is calling: %s", async (_who, remoteAddress, forwarded, client) => {
    const log = createLogger("test", "silent");
    const app = createHttpServer({
      log,
      metrics: createMetrics("test"),
      health: createHealth(),
      trustProxy: read("uniquelocal 192.0.2.10/32"),
    });
    app.get("/who", (request) => request.ip);
    const answer = await app.inject({ url: "/who", remoteAddress, headers: { "x-forwarded-for": forwarded } });
    expect(answer.body).toBe(client);
    await app.close();
  });
});
