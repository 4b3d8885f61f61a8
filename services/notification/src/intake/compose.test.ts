import { expect, test } from "vitest";
import { notificationConfig } from "../config.ts";
import { compose } from "./compose.ts";

const { templates } = notificationConfig({
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t",
  TWILIO_PHONE_NUMBER: "+447700900999",
  PAYMENT_BASE_URL: "http://urmstontownjfc.co.uk",
  CLUB_NAME: "Urmston Town JFC",
});
const registration = {
  childFirstName: "Christopher!",
  phone: "+447700900123",
  acceptedAt: "2026-03-01T12:00:00.000Z",
  cancelled: false,
  erased: false,
  corrections: 0,
  resends: 0,
  askedReminders: 0,
};
const wording = {
  templates,
  publicUrl: "http://urmstontownjfc.co.uk",
  nameEncoding: "keep",
  pricePerSegmentPence: 4,
} as const;
const wanted = {
  registrationId: "r1",
  billingRequestId: "BRQ000123ABC456",
  purpose: "payment_link",
  count: 0,
} as const;
const NOW = new Date("2026-03-01T12:00:00.000Z");

test("the first text has the default words; segments, encoding and price are in the event", () => {
  expect(compose(wanted, registration, wording, NOW)).toMatchObject({
    to: "+447700900123",
    body: "Registration complete for Christopher!! Pay when convenient: http://urmstontownjfc.co.uk/reg_setup/BRQ000123ABC456 Registration not complete until payment made.",
    encoding: "GSM-7",
    segments: 1,
    expectedPricePence: 4,
  });
});

test("a name outside GSM-7 is kept despite the cost, unless the operator chooses otherwise", () => {
  const zoe = { ...registration, childFirstName: "Zoë" };
  expect(compose(wanted, zoe, wording, NOW)).toMatchObject({ encoding: "UCS-2", segments: 3, expectedPricePence: 12 });
  expect(compose(wanted, zoe, { ...wording, nameEncoding: "ascii" }, NOW)).toMatchObject({
    encoding: "GSM-7",
    body: expect.stringContaining("for Zoe!"),
  });
});

test("an iPhone's typography costs nothing, and a first name stays a name", () => {
  const text = (childFirstName: string) => compose(wanted, { ...registration, childFirstName }, wording, NOW);
  expect(text("D\u2019Arcy\u2011Lee")).toMatchObject({
    body: expect.stringContaining("for D'Arcy-Lee!"),
    encoding: "GSM-7",
    segments: 1,
  });
  expect(text("Ann Lee call us at evil").body).toContain("for Ann Lee!");
});

test.each(["reminder", "reopened"] as const)("a %s has the link", (purpose) => {
  expect(compose({ ...wanted, purpose, count: 1 }, registration, wording, NOW).body).toContain(
    "http://urmstontownjfc.co.uk/reg_setup/BRQ000123ABC456",
  );
});

test("the last reminder says so, and a confirmation asks for nothing", () => {
  const body = (purpose: "reminder" | "confirmation", count: number) =>
    compose({ ...wanted, purpose, count }, registration, wording, NOW).body;
  expect(body("reminder", 3)).toMatch(/last reminder/i);
  expect(body("reminder", 1)).not.toBe(body("reminder", 3));
  expect(body("confirmation", 0)).not.toContain("reg_setup");
});

test("a confirmation says what the family pays, and stays short if it pays nothing more", () => {
  const body = (fees?: string) =>
    compose({ ...wanted, purpose: "confirmation", ...(fees && { fees }) }, registration, wording, NOW);
  const fees = "£45 once, then £27.50 a month from 1 September to 1 May by Direct Debit";
  expect(body(fees)).toMatchObject({
    body: expect.stringMatching(/with Urmston Town JFC\. £45 once.*Debit\.$/),
    segments: 1,
  });
  expect(body().body).toMatch(/with Urmston Town JFC\.$/);
});

test("a charge-back has other words than a failed payment", () => {
  const body = (why: "failed" | "charged_back" | "pending") =>
    compose({ ...wanted, purpose: "reopened", count: 1, why, rest: "£25" }, registration, wording, NOW).body;
  expect(body("failed")).toContain("did not go through");
  expect(body("charged_back")).toMatch(/^Your bank took back the payment for Christopher!.*reg_setup/);
  expect(body("charged_back")).not.toContain("go through");
  expect(body("pending")).toMatch(/there is £25 left to pay for Christopher!.*reg_setup/);
});

test("a confirmation asks for the Direct Debit if there is none yet", () => {
  const { body } = compose({ ...wanted, purpose: "confirmation", asksMandate: true }, registration, wording, NOW);
  expect(body).toMatch(/Please set up the Direct Debit: http:.*BRQ000123ABC456$/);
});
