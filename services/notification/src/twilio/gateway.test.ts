import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startTwilioStandIn } from "@touchline/sandbox";
import { systemRuntime } from "@touchline/service/runtime";
import { expect, onTestFinished, test } from "vitest";
import { twilioGateway } from "./gateway.ts";

const JSON_TYPE = { "content-type": "application/json" };

const account = { accountSid: "AC00000000000000000000000000000001", authToken: "a token" };

/** The outcome of a text when Twilio answers like this. */
const sendTo = async (answer: (response: ServerResponse) => void) => {
  const server = createServer((request, response) => request.resume().once("end", () => answer(response)));
  onTestFinished(() => server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return sendBy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
};

const sendBy = (apiBaseUrl: string) => {
  const gateway = twilioGateway({
    ...account,
    sender: { from: "+447700900999" },
    apiBaseUrl,
    statusCallbackUrl: "https://club.example/webhooks/twilio/status",
    timeoutMs: 1_000,
    maxSockets: 1,
    runtime: systemRuntime(),
  });
  return gateway.send({ to: "+447700900123", body: "a text", attemptId: "a.1" });
};

const cutOff = (status: number, body: string) => (response: ServerResponse) => {
  response.writeHead(status, JSON_TYPE).write(body);
  setTimeout(() => response.destroy(), 20);
};

test.each<[string, (response: ServerResponse) => void]>([
  ["a 201 that breaks off in the middle", cutOff(201, '{"sid":"SM00')],
  ["a 201 whose rest never comes", (response) => response.writeHead(201, JSON_TYPE).write("{")],
  ["a 201 that is not JSON", (response) => response.writeHead(201).end("<html>")],
  ["a 201 that says null", (response) => response.writeHead(201, JSON_TYPE).end("null")],
  ["a redirect", (response) => response.writeHead(307, { location: "/elsewhere" }).end()],
  ["a 500 that breaks off", cutOff(500, "{")],
])("after %s it is unknown whether Twilio has the text", async (_, answer) => {
  expect(await sendTo(answer)).toMatchObject({ kind: "unknown" });
});

test.each([400, 401, 429])("a %i that breaks off is still a refusal", async (status) => {
  expect(await sendTo(cutOff(status, "{"))).toMatchObject({ kind: "refused", failure: { code: `http_${status}` } });
});

test.each([
  [429, 63_038, "72000", 72_000_000],
  [429, 20_429, "604800", 86_400_000],
  [503, 20_503, "30", 30_000],
  [400, 99_999, "60", 60_000],
  [429, 63_038, "Wed, 21 Oct 2026 20:00:00 GMT", 72_000_000],
  [429, 20_429, "Sat, 31 Oct 2026 00:00:00 GMT", 86_400_000],
  [429, 20_429, "Tue, 20 Oct 2026 23:00:00 GMT", undefined],
  [429, 20_429, "soon", undefined],
  [429, 20_429, "0", undefined],
])("a %i with %i and Retry-After: %s asks for a wait of %s ms", async (status, code, retryAfter, retryAfterMs) => {
  // A time is by Twilio's clock, which may differ from ours.
  const headers = { ...JSON_TYPE, date: "Wed, 21 Oct 2026 00:00:00 GMT", "retry-after": retryAfter };
  const answer = (response: ServerResponse) =>
    response.writeHead(status, headers).end(JSON.stringify({ code, status }));
  const outcome = await sendTo(answer);
  expect(outcome).toMatchObject({ kind: "refused", failure: { code: String(code) } });
  expect(outcome.kind === "refused" && outcome.failure.retryAfterMs).toBe(retryAfterMs);
});

test.each([
  [429, { kind: "refused", failure: { code: "20429", class: "safe_retry" } }],
  [503, { kind: "refused", failure: { code: "20503", class: "transient" } }],
  [500, { kind: "unknown", reason: "Twilio answered 500 (20500)." }],
] as const)("a %i by RFC 9457 means what it means in Twilio's older form", async (status, expected) => {
  const twilio = await startTwilioStandIn(account);
  onTestFinished(() => twilio.stop());
  for (const body of ["json", "problem"] as const) {
    twilio.faults.set({ requests: [{ kind: "status", status, body }] });
    expect(await sendBy(twilio.url), body).toMatchObject(expected);
  }
});
