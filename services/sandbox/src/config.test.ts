import { describe, expect, it } from "vitest";
import { configFrom } from "./config.ts";

const enough = {
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "t",
  GOCARDLESS_ACCESS_TOKEN: "g",
  GOCARDLESS_WEBHOOK_SECRET: "s",
};

describe("configFrom", () => {
  it("has defaults for one machine", () => {
    expect(configFrom(enough)).toMatchObject({
      port: 8080,
      publicUrl: "http://127.0.0.1:8000",
      grpcTarget: "127.0.0.1:50051",
    });
  });

  it("owns only the senders that are named, or every sender when none is named", () => {
    expect(configFrom(enough).twilio.senders).toBeUndefined();
    const named = configFrom({ ...enough, TWILIO_PHONE_NUMBER: "07700 900999", SMS_SENDER_ID: "Tigers" });
    expect(named.twilio.senders).toEqual(["+447700900999", "Tigers"]);
  });

  it("names every violation at once, and never a value", () => {
    const wrong = { ...enough, TWILIO_AUTH_TOKEN: "", SANDBOX_PORT: "x", REGISTRATION_GRPC_URL: "http://secret" };
    const message = (() => {
      try {
        configFrom(wrong);
        return "";
      } catch (error) {
        return String(error);
      }
    })();
    for (const name of ["TWILIO_AUTH_TOKEN", "SANDBOX_PORT", "REGISTRATION_GRPC_URL"]) expect(message).toContain(name);
    expect(message).not.toContain("secret");
  });

  it.each([{ NODE_ENV: "production" }, { GOCARDLESS_ENVIRONMENT: "live" }])("never runs with %o", (setting) => {
    expect(() => configFrom({ ...enough, ...setting })).toThrow(Object.keys(setting)[0]);
  });
});
