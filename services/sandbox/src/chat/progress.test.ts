import { describe, expect, it } from "vitest";
import { type Progress, sentence, steps } from "./progress.ts";
import { registrationFromForm } from "./sample.ts";

const progress = (values: Partial<Progress> = {}): Progress => ({
  smsStatus: "pending",
  smsError: "",
  paymentStatus: "pending",
  linkOpened: false,
  phoneNeedsCorrection: false,
  tokenError: "",
  position: "1",
  ...values,
});

const marks = (values: Progress | undefined) =>
  steps(values)
    .map((step) => ({ done: "x", waiting: ".", wrong: "!" })[step.state])
    .join("");

describe("steps", () => {
  it.each([
    [undefined, "x...."],
    [progress(), "x...."],
    [progress({ smsStatus: "sent" }), "xx..."],
    [progress({ smsStatus: "delivered" }), "xxx.."],
    [progress({ smsStatus: "undelivered" }), "xx!.."],
    [progress({ smsStatus: "failed" }), "x!!.."],
    [progress({ smsStatus: "delivered", linkOpened: true, paymentStatus: "paid" }), "xxxxx"],
    [progress({ smsStatus: "delivered", linkOpened: true, paymentStatus: "charged_back" }), "xxxx!"],
  ])("show how far it has come", (values, expected) => {
    expect(marks(values)).toBe(expected);
  });
});

describe("sentence", () => {
  it.each([
    [progress({ smsStatus: "sent" }), "Has it arrived?"],
    [progress({ smsStatus: "undelivered", phoneNeedsCorrection: true }), "Which number"],
    [progress({ smsStatus: "undelivered" }), "not arrived yet"],
    [progress({ paymentStatus: "paid" }), "complete"],
    [progress({ paymentStatus: "failed" }), "works again"],
    [progress({ tokenError: "refused" }), "looking into it"],
  ])("says it in words", (values, expected) => {
    expect(sentence(values)).toContain(expected);
  });
});

describe("registrations", () => {
  it("are sent as typed, without an empty e-mail", () => {
    const form = { "child.firstName": " Zoë ", parentPhone: "none", "parent.email": " ", preferredPaymentDay: "-1" };
    const made = registrationFromForm("id", form, new Date("2026-07-01T00:00:00Z"));
    expect(made).toMatchObject({ child: { firstName: "Zoë" }, parentPhone: "none", preferredPaymentDay: -1 });
    expect("email" in made.parent).toBe(false);
  });
});
