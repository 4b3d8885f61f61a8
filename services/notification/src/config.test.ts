import type { ConfigError } from "@touchline/service/env";
import { expect, test } from "vitest";
import { notificationConfig } from "./config.ts";

const enough = {
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t0ken",
  TWILIO_PHONE_NUMBER: "+44 7700 900999",
  PAYMENT_BASE_URL: "https://club.example/",
};

const violationsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    notificationConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).violations;
  }
};

test("only the required settings are needed; the rest have defaults", () => {
  expect(notificationConfig(enough)).toMatchObject({
    publicUrl: "https://club.example",
    port: 8002,
    host: "127.0.0.1",
    evidenceMs: 60_000,
    maxPerSecond: 0,
    dailyLimit: 0,
    reminderDays: [3, 5, 7],
    twilio: { sender: { from: "+447700900999" }, timeoutMs: 10_000, apiBaseUrl: undefined },
    templates: {
      link: "Registration complete for {child_name}! Pay when convenient: {PAYMENT_BASE_URL}/reg_setup/{billing_request_id} Registration not complete until payment made.",
    },
  });
});

test("the address of .env.example is refused: nobody could follow the links", () => {
  const env = { ...enough, PAYMENT_BASE_URL: "https://your-ngrok-url.ngrok.io" };
  expect(violationsOf(env)).toEqual([expect.stringMatching(/^PAYMENT_BASE_URL is a published example/)]);
});

test.each(["sandbox-auth-token", "your_live_auth_token"])(
  "Twilio itself needs a token that nobody knows, not %s",
  (token) => {
    const env = { ...enough, TWILIO_AUTH_TOKEN: token };
    expect(violationsOf(env)).toEqual([expect.stringMatching(/^TWILIO_AUTH_TOKEN is a published example/)]);
    expect(violationsOf({ ...env, TWILIO_API_BASE_URL: "http://127.0.0.1:4010" })).toEqual([]);
  },
);

test("all violations are reported at once, without values", () => {
  const violations = violationsOf({
    TWILIO_ACCOUNT_SID: "s3cret",
    PAYMENT_BASE_URL: "https://my_club.example",
    SMS_TEMPLATE: "Pay {amount} at {PAYMENT_BASE_URL}",
    REMINDER_DAYS: "5,3",
    SMS_SENDER_ID: "far too long a name",
    SMS_PRICE_PENCE: "four",
  });
  for (const name of [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "underscore",
    "{amount}",
    "billing_request_id",
    "REMINDER_DAYS",
    "SMS_SENDER_ID",
    "SMS_PRICE_PENCE",
  ]) {
    expect(
      violations.some((violation) => violation.includes(name)),
      name,
    ).toBe(true);
  }
  expect(violations.join("\n")).not.toMatch(/s3cret|far too long|four/);
});

test("a club name from a word processor does not make texts cost more", () => {
  const { templates } = notificationConfig({ ...enough, CLUB_NAME: "St\u00a0John\u2019s \u2013 Juniors" });
  expect(templates.clubName).toBe("St John's - Juniors");
});

test("a template whose texts Twilio would refuse is refused at start", () => {
  const link = "{PAYMENT_BASE_URL}/reg_setup/{billing_request_id}";
  const long = (length: number) => `${"Pay. ".repeat(length / 5)}{child_name} ${link}`;
  expect(violationsOf({ ...enough, SMS_TEMPLATE: long(1_400) })).toEqual([]);
  expect(violationsOf({ ...enough, SMS_TEMPLATE: long(1_500) })).toEqual([
    expect.stringMatching(/^SMS_TEMPLATE: .*1,600/),
  ]);
  expect(violationsOf({ ...enough, CLUB_NAME: "x".repeat(1_600) }).length).toBeGreaterThan(0);
});

test("a sender is required: a number, sender id or messaging service", () => {
  const { TWILIO_PHONE_NUMBER: _, ...none } = enough;
  expect(violationsOf(none)).toEqual([
    "TWILIO_PHONE_NUMBER, SMS_SENDER_ID or TWILIO_MESSAGING_SERVICE_SID is missing.",
  ]);
  expect(notificationConfig({ ...none, SMS_SENDER_ID: "Urmston FC" }).twilio.sender).toEqual({ from: "Urmston FC" });
  expect(notificationConfig({ ...none, TWILIO_MESSAGING_SERVICE_SID: "MG1" }).twilio.sender).toEqual({
    messagingServiceSid: "MG1",
  });
});

test.each([
  [{ TWILIO_PHONE_NUMBER: "your_twilio_number" }, "TWILIO_PHONE_NUMBER"],
  [{ PAYMENT_BASE_URL: "https://club.example/?from=sms" }, "PAYMENT_BASE_URL"],
  [{ PAYMENT_BASE_URL: "https://club.example/#pay" }, "PAYMENT_BASE_URL"],
  [{ PAYMENT_BASE_URL: "https://user:word@club.example" }, "PAYMENT_BASE_URL"],
  [{ REMINDER_DAYS: "1e1" }, "REMINDER_DAYS"],
  [{ REMINDER_DAYS: "0x3" }, "REMINDER_DAYS"],
  [{ REMINDER_DAYS: "3,5," }, "REMINDER_DAYS"],
  [{ REMINDER_DAYS: Array.from({ length: 21 }, (_, i) => i + 1).join() }, "REMINDER_DAYS"],
])("%o is a violation of %s, reported at start", (env, name) => {
  expect(violationsOf({ ...enough, ...env })).toEqual([expect.stringMatching(`^${name} `)]);
});

test.each([
  ["+15005550006", "+15005550006"],
  ["60777", "60777"],
  ["07700 900999", "+447700900999"],
  ["+44 (7700) 900-999", "+447700900999"],
])("%s is a sender", (given, from) => {
  expect(notificationConfig({ ...enough, TWILIO_PHONE_NUMBER: given }).twilio.sender).toEqual({ from });
});

test("an empty list of days turns reminders off", () => {
  expect(notificationConfig({ ...enough, REMINDER_DAYS: "" }).reminderDays).toEqual([]);
  expect(notificationConfig({ ...enough, REMINDER_DAYS: "2" }).templates.reminders).toHaveLength(1);
});
