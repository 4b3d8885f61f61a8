import { ConfigError } from "@touchline/service";
import { expect, test } from "vitest";
import { registrationConfig } from "./config.ts";

test("without any setting everything is on this machine, and a pound is charged", () => {
  expect(registrationConfig({})).toMatchObject({
    host: "127.0.0.1",
    grpcPort: 50_051,
    httpPort: 8001,
    gatewayToken: undefined,
    fees: { signingFeePence: 100, monthlyFeePence: 100 },
  });
});

test("with real money the club says what it costs", () => {
  const live = { GOCARDLESS_ENVIRONMENT: "live" };
  expect(() => registrationConfig(live)).toThrow(ConfigError);
  expect(() => registrationConfig(live)).toThrow(/SIGNING_FEE_PENCE is missing[\s\S]*MONTHLY_FEE_PENCE is missing/);
  const fees = { SIGNING_FEE_PENCE: "4500", MONTHLY_FEE_PENCE: "0" };
  expect(registrationConfig({ ...live, ...fees }).fees).toEqual({ signingFeePence: 4500, monthlyFeePence: 0 });
});

test("malformed settings are all reported at once", () => {
  const read = () => registrationConfig({ GRPC_PORT: "x", SIGNING_FEE_PENCE: "45.00", EVENTSTORE_URL: "http://x" });
  expect(read).toThrow(/has 3 [^:]+:[\s\S]*EVENTSTORE_URL[\s\S]*GRPC_PORT[\s\S]*SIGNING_FEE_PENCE/);
});
