import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault } from "@touchline/contracts";
import { systemRuntime } from "@touchline/service";
import { GoCardlessClient } from "gocardless-nodejs";
import { Environments } from "gocardless-nodejs/constants";
import { afterEach, describe, expect, test } from "vitest";
import { goCardlessClient } from "./client.ts";
import { goCardlessProvider } from "./provider.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}
type Script = (seen: Seen, response: ServerResponse) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A GoCardless that answers as the test says. */
const scripted = async (script: Script, timeoutMs = 2_000, fallback = false) => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body: text ? JSON.parse(text) : undefined };
      seen.push(one);
      script(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = goCardlessClient({ accessToken: "token", environment: "sandbox", baseUrl, timeoutMs });
  return { seen, provider: goCardlessProvider(client, (_operation, call) => call(), systemRuntime(), { fallback }) };
};

const json =
  (status: number, body: unknown, headers = {}): Script =>
  (_seen, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const raw =
  (status: number, body: string, type = "text/html"): Script =>
  (_seen, response) =>
    void response.writeHead(status, { "content-type": type }).end(body);
const failure = (status: number, type: string, errors: unknown[] = []) =>
  json(status, { error: { type, code: status, message: "No", errors, request_id: "x", documentation_url: "x" } });

const wanted = { idempotencyKey: "key-1", registrationId: "r-1", feePence: 4_500, mandate: true };
const faultOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "none";
};

test("the SDK still has base URL and request options where we set them", () => {
  const api: Record<string, unknown> = Reflect.get(new GoCardlessClient("token", Environments.Sandbox), "_api");
  expect(api._baseUrl).toBe("https://api-sandbox.gocardless.com");
  expect(typeof api.createRequestOptions).toBe("function");
});

describe("a flow", () => {
  const asked = { requestId: "BRQ0001", redirectUri: "https://club.example/t", exitUri: "https://club.example/e" };
  const made = (url: string) => json(201, { billing_request_flows: { id: "BRF2", authorisation_url: url } });
  const conflict = failure(409, "invalid_state", [
    { reason: "idempotent_creation_conflict", message: "x", links: { conflicting_resource_id: "BRF1" } },
  ]);

  test("whose first answer was lost is created once more, under another key", async () => {
    let answers = 0;
    const { seen, provider } = await scripted((one, response) =>
      (answers++ === 0 ? conflict : made("https://pay.example/2"))(one, response),
    );
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    expect(await provider.createFlow(asked, traceparent)).toMatchObject({ id: "BRF2", url: "https://pay.example/2" });
    expect(new Set(seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(2);
    expect(seen.map(({ headers }) => headers.traceparent)).toEqual([traceparent, traceparent]);
  });

  test("that keeps conflicting is a fault, not a loop", async () => {
    const { seen, provider } = await scripted(conflict);
    expect(await faultOf(provider.createFlow(asked))).toBe("provider_unavailable");
    expect(seen).toHaveLength(2);
  });

  test("whose address does not fit in a header is normalised as a browser would", async () => {
    const { provider } = await scripted(made("https://pay.example/fl\now?name=Zo\u00eb\u2013"));
    expect(await provider.createFlow(asked)).toMatchObject({ url: "https://pay.example/flow?name=Zo%C3%AB%E2%80%93" });
    const { provider: odd } = await scripted(made("not an address"));
    expect(await faultOf(odd.createFlow(asked))).toBe("provider_unavailable");
  });
});

describe("what is sent", () => {
  test("a billing request for fee and mandate has metadata that both inherit", async () => {
    const { seen, provider } = await scripted(json(201, { billing_requests: { id: "BRQ0001", status: "pending" } }));
    await provider.createRequest(wanted);
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/billing_requests",
      headers: {
        "idempotency-key": "key-1",
        authorization: "Bearer token",
        "gocardless-version": "2015-07-06",
        "content-type": "application/json",
      },
      body: {
        billing_requests: {
          payment_request: {
            amount: 4_500,
            currency: "GBP",
            description: "Signing-on fee",
            scheme: "faster_payments",
            metadata: { registration_id: "r-1", purpose: "signing_fee" },
          },
          mandate_request: {
            currency: "GBP",
            scheme: "bacs",
            metadata: { registration_id: "r-1", purpose: "monthly_mandate" },
          },
          metadata: { registration_id: "r-1" },
        },
      },
    });
    await provider.createRequest({ ...wanted, mandate: false });
    await provider.createRequest({ ...wanted, feePence: 0 });
    const bodies = seen
      .slice(1)
      .map(({ body }) => Object.keys((body as { billing_requests: object }).billing_requests));
    expect(bodies).toEqual([
      ["payment_request", "metadata"],
      ["mandate_request", "metadata"],
    ]);
  });

  test("GoCardless's page says what the mandate is for", async () => {
    const { seen, provider } = await scripted(json(201, { billing_requests: { id: "BRQ0001", status: "pending" } }));
    const monthly = { pence: 2_750, from: "2026-09-01", until: "2027-05-01" };
    await provider.createRequest({ ...wanted, monthly });
    await provider.createRequest({ ...wanted, mandate: false, monthly });
    const words = "£27.50 a month from 1 September to 1 May by Direct Debit";
    expect(seen.map(({ body }) => body)).toMatchObject([
      {
        billing_requests: {
          payment_request: { description: `Signing-on fee, once. Then ${words}` },
          mandate_request: { description: `Monthly fee: ${words}` },
        },
      },
      { billing_requests: { payment_request: { description: "Signing-on fee" } } },
    ]);
  });

  test("a fee may be paid by Direct Debit if the club allows it; a mandate alone does not need that", async () => {
    const answer = json(201, { billing_requests: { id: "BRQ0001", status: "pending" } });
    const { seen, provider } = await scripted(answer, 2_000, true);
    await provider.createRequest(wanted);
    await provider.createRequest({ ...wanted, feePence: 0 });
    const asked = seen.map(({ body }) => (body as { billing_requests: object }).billing_requests);
    expect(asked[0]).toMatchObject({ fallback_enabled: true });
    expect(asked[1]).not.toHaveProperty("fallback_enabled");
  });

  test("a flow has the return addresses and no personal data", async () => {
    const { seen, provider } = await scripted(
      json(201, { billing_request_flows: { id: "BRF1", authorisation_url: "https://pay.example/1" } }),
    );
    const flow = await provider.createFlow({
      requestId: "BRQ0001",
      redirectUri: "https://a/thanks",
      exitUri: "https://a/exit",
    });
    expect(flow).toEqual({ id: "BRF1", url: "https://pay.example/1" });
    expect(seen[0]?.body).toEqual({
      billing_request_flows: {
        redirect_uri: "https://a/thanks",
        exit_uri: "https://a/exit",
        links: { billing_request: "BRQ0001" },
      },
    });
    expect(seen[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("events since a time are read page by page", async () => {
    const { seen, provider } = await scripted((one, response) =>
      json(200, {
        events: [{ id: one.url.includes("after=EV1") ? "EV2" : "EV1" }],
        meta: { cursors: { before: null, after: one.url.includes("after=EV1") ? null : "EV1" }, limit: 500 },
      })(one, response),
    );
    const found: unknown[] = [];
    for await (const page of provider.events(new Date("2026-11-22T10:00:00Z"), new AbortController().signal))
      found.push(...page);
    expect(found).toEqual([{ id: "EV1" }, { id: "EV2" }]);
    expect(decodeURIComponent(seen[0]?.url ?? "")).toBe("/events?limit=500&created_at[gte]=2026-11-22T10:00:00.000Z");
  });
});

describe("what is answered", () => {
  test("a conflict adopts what was created before", async () => {
    const conflict = failure(409, "invalid_state", [
      { reason: "idempotent_creation_conflict", message: "taken", links: { conflicting_resource_id: "BRQ0009" } },
    ]);
    const { provider } = await scripted((one, response) =>
      one.method === "POST"
        ? conflict(one, response)
        : json(200, { billing_requests: { id: "BRQ0009", status: "fulfilled", payment_request: { amount: 4_500 } } })(
            one,
            response,
          ),
    );
    expect(await provider.createRequest(wanted)).toEqual({
      id: "BRQ0009",
      status: "fulfilled",
      feePence: 4_500,
      mandate: false,
    });
  });

  test.each([
    ["left out", {}],
    ["null", { payment_request: null, mandate_request: null }],
  ])("if the answer is %s, the amount is unknown rather than nothing", async (_what, more) => {
    const { provider } = await scripted(json(200, { billing_requests: { id: "BRQ0009", status: "pending", ...more } }));
    expect(await provider.readRequest("BRQ0009")).toEqual({ id: "BRQ0009", status: "open" });
  });

  test("a conflict on a flow is not a TypeError", async () => {
    const { provider } = await scripted(
      failure(409, "invalid_state", [
        { reason: "idempotent_creation_conflict", links: { conflicting_resource_id: "BRF1" } },
      ]),
    );
    const flow = provider.createFlow({ requestId: "BRQ0001", redirectUri: "https://a", exitUri: "https://b" });
    expect(await faultOf(flow)).toBe("provider_unavailable");
  });

  test("a refusal names the fields without their values", async () => {
    const { provider } = await scripted(
      failure(422, "validation_failed", [
        { field: "amount", message: "must be more than 07700 900123", request_pointer: "/x" },
      ]),
    );
    expect(await provider.createRequest(wanted)).toEqual({
      refused: "validation_failed",
      reason: "amount must be more than [phone]",
    });
  });

  test.each([
    ["a server error", failure(500, "gocardless"), "provider_unavailable"],
    ["an error as a string", json(502, { error: "bad gateway" }), "provider_unavailable"],
    ["an HTML page", raw(503, "<html>maintenance</html>"), "provider_unavailable"],
    ["HTML with status 200", raw(200, "<html>login</html>"), "provider_unavailable"],
    ["an empty answer", json(201, {}), "provider_unavailable"],
    ["no answer", () => {}, "provider_unavailable"],
    ["a wrong token", failure(401, "invalid_api_usage"), "provider_unavailable"],
    ["a wrong token, as a string", json(401, { error: "unauthorized" }), "provider_unavailable"],
    ["a token without this right", failure(403, "invalid_api_usage"), "provider_unavailable"],
    ["slow down", failure(429, "invalid_api_usage"), "provider_rate_limited"],
    [
      "slow down, as a string",
      json(429, { error: "rate limit" }, { "ratelimit-reset": "soon" }),
      "provider_rate_limited",
    ],
  ] satisfies [string, Script, string][])("%s: later", async (_name, script, code) => {
    const { seen, provider } = await scripted(script, 300);
    expect(await faultOf(provider.createRequest(wanted))).toBe(code);
    expect(await faultOf(provider.readRequest("BRQ0001"))).toBe(code);
    // Neither creates nor reads are retried behind our back.
    expect(seen.length).toBe(2);
  });

  test.each([
    [
      "until its limit ends",
      { date: "Mon, 10 Nov 2025 12:00:20 GMT", "ratelimit-reset": "Mon, 10 Nov 2025 12:01:00 GMT" },
      40_000,
    ],
    ["as long as it says", { "retry-after": "7" }, 7_000],
    ["for some seconds, if it says nothing", {}, 5_000],
    ["for some seconds, if it says nothing sensible", { "retry-after": "86400" }, 5_000],
  ])("GoCardless is left alone %s", async (_how, headers, waitMs) => {
    const { provider } = await scripted(json(429, { error: { message: "No" } }, headers));
    await expect(provider.readRequest("BRQ0001")).rejects.toMatchObject({ code: "provider_rate_limited", waitMs });
  });

  test("a refund that our account may not make is refused, so that an operator hears of it", async () => {
    const { provider } = await scripted(
      failure(403, "invalid_api_usage", [{ reason: "forbidden", message: "Forbidden" }]),
    );
    const wish = { registrationId: "r-1", paymentId: "PM1", amountPence: 1, totalPence: 1, idempotencyKey: "k" };
    expect(await provider.createRefund(wish)).toEqual({ refused: "forbidden", reason: "forbidden Forbidden" });
  });

  test("after a broken connection the call is retried once, under the same key", async () => {
    let broken = 0;
    const { seen, provider } = await scripted((one, response) => {
      if (broken++ === 0) response.socket?.destroy();
      else json(201, { billing_requests: { id: "BRQ0001", status: "pending" } })(one, response);
    });
    expect(await provider.createRequest(wanted)).toMatchObject({ id: "BRQ0001" });
    expect(seen.map(({ headers }) => headers["idempotency-key"])).toEqual(["key-1", "key-1"]);
    const { provider: dead } = await scripted((_seen, response) => void response.socket?.destroy());
    expect(await faultOf(dead.createRequest(wanted))).toBe("provider_unavailable");
  });

  test("a thing that GoCardless does not have is undefined, however it says so", async () => {
    for (const script of [
      failure(404, "invalid_api_usage", [{ reason: "resource_not_found" }]),
      json(404, { error: "not found" }),
      json(404, { message: "not found" }),
      failure(410, "invalid_api_usage"),
    ]) {
      const { provider } = await scripted(script);
      expect(await provider.readRequest("BRQ0001")).toBeUndefined();
    }
  });

  test("a state that does not allow the call is an answer, not a fault", async () => {
    const { provider } = await scripted(
      failure(422, "invalid_state", [{ reason: "billing_request_already_fulfilled" }]),
    );
    expect(await provider.cancelRequest("BRQ0001")).toBe(false);
    expect(await provider.createFlow({ requestId: "BRQ0001", redirectUri: "https://a", exitUri: "https://b" })).toBe(
      "invalid_state",
    );
  });

  test("the error contains neither our token nor GoCardless's text", async () => {
    const { provider } = await scripted(json(500, { error: "Sam O'Neill 07700900123" }));
    const error = await provider.readRequest("BRQ0001").catch((e: unknown) => e as Error);
    const text = JSON.stringify([error, (error as Error).message, (error as Error).stack, (error as Error).cause]);
    for (const secret of ["Bearer", "O'Neill", "07700900123"]) expect(text).not.toContain(secret);
  });
});
