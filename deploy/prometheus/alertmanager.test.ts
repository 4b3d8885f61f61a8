import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@touchline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder("alertmanager");
  writeFileSync(join(folder.path, "alertmanager"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
});
afterEach(() => folder.remove());

const write = (name: string, content: string) => {
  writeFileSync(join(folder.path, name), content);
  return join(folder.path, name);
};

/** Starts it with a program in Alertmanager's place. Returns its output, and the configuration that it makes. */
const start = (env: NodeJS.ProcessEnv) => {
  const config = join(folder.path, "made.yml");
  const { status, stderr } = spawnSync("sh", [join(import.meta.dirname, "alertmanager.sh")], {
    encoding: "utf8",
    env: {
      PATH: `${folder.path}:${process.env.PATH}`,
      ALERT_TEMPLATE: join(import.meta.dirname, "alertmanager.yml"),
      ALERT_SECRETS: folder.path,
      ALERT_CONFIG: config,
      ...env,
    },
  });
  return { status, stderr, made: () => parse(readFileSync(config, "utf8")) };
};

test("alerts go to an e-mail address and to a webhook", () => {
  write("alert-smtp-password", "secret");
  write("alert-webhook-url", "https://hooks.example/1");
  const { status, stderr, made } = start({
    ALERT_EMAIL: "o'neill@club.example",
    ALERT_SMARTHOST: "mail.club.example:587",
    ALERT_SMTP_USER: "club",
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(made().route.receiver).toBe("club");
  expect(made().receivers).toEqual([
    {
      name: "club",
      email_configs: [
        {
          to: "o'neill@club.example",
          from: "o'neill@club.example",
          smarthost: "mail.club.example:587",
          send_resolved: true,
          auth_username: "club",
          auth_password_file: join(folder.path, "alert-smtp-password"),
        },
      ],
      webhook_configs: [{ url_file: join(folder.path, "alert-webhook-url") }],
    },
  ]);
});

test("without a receiver for alerts it says so and starts", () => {
  const { status, stderr, made } = start({});
  expect([status, stderr]).toEqual([0, expect.stringContaining("Nobody receives alerts: set ALERT_EMAIL")]);
  expect(made().receivers).toEqual([{ name: "club" }]);
});

test("an address without a mail server is refused", () => {
  const { status, stderr } = start({ ALERT_EMAIL: "sam@club.example" });
  expect([status, stderr]).toEqual([78, expect.stringContaining("ALERT_SMARTHOST")]);
});

test("a configuration with receivers of its own is used as it is", () => {
  const own = write("own.yml", "route: { receiver: pager }\nreceivers:\n  - name: pager\n");
  const { status, stderr, made } = start({ ALERT_TEMPLATE: own, ALERT_EMAIL: "sam@club.example" });
  expect([status, stderr, made().receivers]).toEqual([0, "", [{ name: "pager" }]]);
});
