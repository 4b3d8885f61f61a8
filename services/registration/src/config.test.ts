import { ConfigError } from "@touchline/service";
import { expect, test } from "vitest";
import { feesInPounds, registrationConfig } from "./config.ts";
import { projectionFiles } from "./projections.ts";

test("without settings everything runs on this machine and charges a pound", () => {
  expect(registrationConfig({})).toMatchObject({
    host: "127.0.0.1",
    grpcPort: 50_051,
    httpPort: 8001,
    gatewayToken: undefined,
    operatorsPath: "data/registration/operators.json",
    fees: { signingFeePence: 100, monthlyFeePence: 100 },
  });
});

test("with real money the club has to set the fees", () => {
  const live = { GOCARDLESS_ENVIRONMENT: "live" };
  expect(() => registrationConfig(live)).toThrow(ConfigError);
  expect(() => registrationConfig(live)).toThrow(/SIGNING_FEE_PENCE is missing[\s\S]*MONTHLY_FEE_PENCE is missing/);
  const fees = { SIGNING_FEE_PENCE: "4500", MONTHLY_FEE_PENCE: "0" };
  expect(registrationConfig({ ...live, ...fees }).fees).toEqual({ signingFeePence: 4500, monthlyFeePence: 0 });
});

test("views need neither fees nor a mail server", () => {
  const club = {
    GOCARDLESS_ENVIRONMENT: "live",
    SECRETARY_EMAIL: "sam@club.example",
    TEAM_MANAGERS: "Tigers=sam@club.example",
  };
  expect(() => registrationConfig(club)).toThrow(/SMTP_URL/);
  expect(projectionFiles(club).map(({ projection }) => projection.name)).toEqual(["registrations", "days", "ledger"]);
});

test("a fee that was entered in pounds is refused before anybody is charged", () => {
  const fees = { SIGNING_FEE_PENCE: "45", MONTHLY_FEE_PENCE: "27" };
  expect(() => registrationConfig({ GOCARDLESS_ENVIRONMENT: "live", ...fees })).toThrow(
    /SIGNING_FEE_PENCE is in pence: £0\.45 cannot be meant[\s\S]*MONTHLY_FEE_PENCE is in pence: £0\.27/,
  );
  expect(registrationConfig(fees).fees).toEqual({ signingFeePence: 45, monthlyFeePence: 27 });
  expect(feesInPounds({ signingFeePence: 45, monthlyFeePence: 2_750 })).toEqual({
    signingFee: "£0.45",
    monthlyFee: "£27.50",
  });
});

test("with real money the gateway's token is not the one that everybody knows", () => {
  const env = { GATEWAY_TOKEN: "sandbox-gateway-token", SIGNING_FEE_PENCE: "4500", MONTHLY_FEE_PENCE: "0" };
  expect(() => registrationConfig({ ...env, GOCARDLESS_ENVIRONMENT: "live" })).toThrow(
    "GATEWAY_TOKEN is a published example.",
  );
  expect(registrationConfig(env).gatewayToken).toBe("sandbox-gateway-token");
});

test("malformed settings are all reported at once", () => {
  const read = () => registrationConfig({ GRPC_PORT: "x", SIGNING_FEE_PENCE: "45.00", EVENTSTORE_URL: "http://x" });
  expect(read).toThrow(/has 3 [^:]+:[\s\S]*EVENTSTORE_URL[\s\S]*GRPC_PORT[\s\S]*SIGNING_FEE_PENCE/);
});

test("recipients of the morning e-mails are read, each team's manager for that team", () => {
  const mail = { SMTP_URL: "smtp://mail.example", MAIL_FROM: "club@x.example" };
  const digests = { SECRETARY_EMAIL: "sec@x.example", TEAM_MANAGERS: "Tigers=sam@x.example; Lions=kim@x.example" };
  expect(registrationConfig({ ...mail, ...digests, BOARD_URL: "https://board.example/" }).digests).toEqual({
    secretary: "sec@x.example",
    managers: [
      { team: "Tigers", email: "sam@x.example" },
      { team: "Lions", email: "kim@x.example" },
    ],
    boardUrl: "https://board.example",
  });
  const wrong = (env: NodeJS.ProcessEnv) => () => registrationConfig({ ...mail, ...env });
  expect(wrong({ TEAM_MANAGERS: "Tigers" })).toThrow(/TEAM_MANAGERS, of Tigers, must be an e-mail address/);
  expect(wrong({ TEAM_MANAGERS: "Tigers=a@x;Tigers=b@x" })).toThrow(/names a team twice/);
  expect(() => registrationConfig(digests)).toThrow(/need SMTP_URL/);
});

test("nobody is suspended unless the club sets a number of days; the reminder days are read with it", () => {
  expect(registrationConfig({ SUSPEND_AFTER_DAYS: "", REMINDER_DAYS: "x" }).suspension).toBeUndefined();
  const after = (env: NodeJS.ProcessEnv) => registrationConfig({ SUSPEND_AFTER_DAYS: "8", ...env }).suspension;
  expect(after({})).toEqual({ afterDays: 8, lastReminderDay: 7 });
  expect(after({ REMINDER_DAYS: "2,10" })).toEqual({ afterDays: 8, lastReminderDay: 10 });
  expect(after({ REMINDER_DAYS: " " })).toEqual({ afterDays: 8, lastReminderDay: undefined });
  expect(() => after({ SUSPEND_AFTER_DAYS: "0", REMINDER_DAYS: "7,3" })).toThrow(
    /has 2 [^:]+:[\s\S]*SUSPEND[\s\S]*REMINDER/,
  );
});
