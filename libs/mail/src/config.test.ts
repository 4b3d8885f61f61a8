import { ConfigError, readConfig } from "@touchline/service/env";
import { expect, test } from "vitest";
import { readMail } from "./config.ts";

const read = (env: NodeJS.ProcessEnv) => readConfig(env, readMail);
const from = "Your Club <club@yourclub.example>";

test("a club without SMTP_URL sends no e-mail", () => {
  expect(read({ MAIL_FROM: from })).toBeUndefined();
});

test("a server with a login, by STARTTLS or TLS from the start", () => {
  expect(read({ SMTP_URL: "smtp://club%40a:p%3Aw@mail.example", MAIL_FROM: from })).toEqual({
    host: "mail.example",
    port: 587,
    secure: false,
    login: { user: "club@a", pass: "p:w" },
    from,
  });
  const secure = { host: "mail.example", port: 465, secure: true, from: "club@yourclub.example" };
  expect(read({ SMTP_URL: "smtps://mail.example", MAIL_FROM: "club@yourclub.example" })).toEqual(secure);
});

test.each([
  [{ SMTP_URL: "mail.example:25", MAIL_FROM: from }, /SMTP_URL must be/],
  [{ SMTP_URL: "https://mail.example", MAIL_FROM: from }, /SMTP_URL must be/],
  [{ SMTP_URL: "smtp://mail.example" }, /MAIL_FROM is missing/],
  [{ SMTP_URL: "smtp://mail.example", MAIL_FROM: "Your Club" }, /MAIL_FROM must be an e-mail address/],
])("a violation is reported without its value", (env, words) => {
  expect(() => read(env)).toThrow(ConfigError);
  expect(() => read(env)).toThrow(words);
});
