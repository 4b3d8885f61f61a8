import { ConfigError } from "@touchline/service";
import { describe, expect, test } from "vitest";
import { paymentLinkConfig } from "./config.ts";

const complete = {
  PAYMENT_BASE_URL: "https://pay.tigers.example/",
  GOCARDLESS_ACCESS_TOKEN: "secret-token",
  GOCARDLESS_WEBHOOK_SECRET: "secret-of-webhooks",
  EVENTSTORE_URL: "esdb://127.0.0.1:2113?tls=false",
  NATS_URL: "nats://127.0.0.1:4222",
};

describe("paymentLinkConfig", () => {
  test("defaults", () => {
    expect(paymentLinkConfig(complete)).toMatchObject({
      port: 8003,
      host: "127.0.0.1",
      paymentBaseUrl: "https://pay.tigers.example",
      pageHosts: ["pay-sandbox.gocardless.com"],
      plainHttpPages: false,
      flowReuseMs: 300_000,
      webhookPollMs: 60_000,
      season: {},
    });
  });

  test("the access token of .env.example is refused", () => {
    const env = { ...complete, GOCARDLESS_ACCESS_TOKEN: "your_access_token" };
    expect(() => paymentLinkConfig(env)).toThrow("GOCARDLESS_ACCESS_TOKEN is a published example.");
  });

  test.each(["sandbox-webhook-secret", "your_webhook_endpoint_secret"])(
    "GoCardless itself needs a secret that nobody knows, not %s",
    (secret) => {
      const env = { ...complete, GOCARDLESS_WEBHOOK_SECRET: secret };
      expect(() => paymentLinkConfig(env)).toThrow("GOCARDLESS_WEBHOOK_SECRET is a published example.");
      expect(() => paymentLinkConfig({ ...env, GOCARDLESS_API_BASE_URL: "http://127.0.0.1:4010" })).not.toThrow();
    },
  );

  test("a sender name counts only if texts come from it", () => {
    const namedWith = (more: object) => paymentLinkConfig({ ...complete, ...more }).namedSender;
    expect([namedWith({}), namedWith({ SMS_SENDER_ID: "" })]).toEqual([false, false]);
    expect(namedWith({ SMS_SENDER_ID: "TigersFC" })).toBe(true);
    expect(namedWith({ SMS_SENDER_ID: "TigersFC", TWILIO_MESSAGING_SERVICE_SID: "MG1" })).toBe(false);
  });

  test("parents without a banking app may pay by Direct Debit if the club allows it", () => {
    expect(paymentLinkConfig(complete).goCardless.fallback).toBe(false);
    expect(paymentLinkConfig({ ...complete, GOCARDLESS_FALLBACK: "true" }).goCardless.fallback).toBe(true);
  });

  test("page hosts follow the environment and the API's address", () => {
    expect(paymentLinkConfig({ ...complete, GOCARDLESS_ENVIRONMENT: "live" }).pageHosts).toEqual([
      "pay.gocardless.com",
    ]);
    const local = paymentLinkConfig({ ...complete, GOCARDLESS_API_BASE_URL: "http://127.0.0.1:4010" });
    expect(local.pageHosts).toEqual(["pay-sandbox.gocardless.com", "pay.gocardless.com", "127.0.0.1"]);
    expect(local.plainHttpPages).toBe(true);
    expect(paymentLinkConfig({ ...complete, PAYMENT_PAGE_HOSTS: "a.example, B.example:8443" }).pageHosts).toEqual([
      "a.example",
      "b.example:8443",
    ]);
  });

  test("all violations are reported at once, without values", () => {
    const wrong = {
      ...complete,
      GOCARDLESS_ACCESS_TOKEN: "",
      GOCARDLESS_ENVIRONMENT: "production",
      SEASON_START: "2027-02-30",
      SEASON_END: "soon",
      FLOW_REUSE_SECONDS: "-1",
      PAYMENT_PAGE_HOSTS: "https://pay.gocardless.com",
      TRUST_PROXY: "true",
    };
    try {
      paymentLinkConfig(wrong);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const { violations } = error as ConfigError;
      for (const name of [
        "ACCESS_TOKEN",
        "ENVIRONMENT",
        "SEASON_START",
        "SEASON_END",
        "FLOW_REUSE",
        "PAGE_HOSTS",
        "PROXY",
      ]) {
        expect(
          violations.some((violation) => violation.includes(name)),
          name,
        ).toBe(true);
      }
      expect(String(error)).not.toContain("secret-of-webhooks");
    }
    expect(() => paymentLinkConfig({ ...complete, SEASON_START: "2027-05-01", SEASON_END: "2026-09-01" })).toThrow(
      /later/,
    );
  });
});
