import { eventually } from "@touchline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  eventOf,
  type Instance,
  linkOf,
  paymentEvents,
  register,
  type Stack,
  startStack,
  status,
  TOKEN,
  tap,
} from "./stack.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack();
  service = await stack.start();
});
afterAll(() => stack.stop());

describe("from a completed registration to a payment", () => {
  test("a billing request is created, its link leads to GoCardless, and the payment comes back by webhook", async () => {
    const registrationId = await register(stack.store, { signingFeePence: 4_500 });
    const link = await linkOf(stack, registrationId);
    const created = await eventOf(stack.store, link, "PaymentTokenCreated");
    expect(created).toMatchObject({
      registrationId,
      origin: "created",
      feePence: 4_500,
      mandate: true,
      season: "2526",
    });

    const request = stack.goCardless.billingRequests.find((r) => r.id === link);
    expect(request?.payment_request).toMatchObject({ amount: 4_500, currency: "GBP", scheme: "faster_payments" });
    expect(request?.mandate_request).toMatchObject({ currency: "GBP", scheme: "bacs" });
    expect(request?.metadata).toEqual({ registration_id: registrationId });

    const answer = await tap(service.url, link);
    expect(answer.status).toBe(303);
    const page = answer.headers.get("location") ?? "";
    expect(page).toBe(stack.goCardless.flows.find((f) => f.links.billing_request === link)?.authorisation_url);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("x-robots-tag")).toContain("noindex");

    const paid = await fetch(`${page.replace("/flow?", "/flow/act?")}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "do=pay",
    });
    expect(paid.url).toBe(`${stack.url}/reg_setup/${link}/thanks`);
    expect(await paid.text()).toContain("Thank you");

    await status(stack, link, "paid");
    await eventOf(stack.store, link, "PaymentConfirmed");
    await eventOf(stack.store, link, "MandateActivated");
    const again = await tap(service.url, link);
    expect(again.status).toBe(200);
    expect(await again.text()).toContain("Already paid");
    await eventOf(stack.store, link, "PaymentLinkOpened");
    await eventOf(stack.store, link, "PaymentFlowCreated");
  });

  test("the chat's own billing request is adopted", async () => {
    const made = await fetch(`${stack.goCardless.url}/billing_requests`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "gocardless-version": "2015-07-06",
        "content-type": "application/json",
        accept: "application/json",
        "idempotency-key": "the-chat-made-it",
      },
      body: JSON.stringify({ billing_requests: { payment_request: { amount: 700, currency: "GBP" } } }),
    });
    const billingRequestId = ((await made.json()) as { billing_requests: { id: string } }).billing_requests.id;
    const registrationId = await register(stack.store, { billingRequestId });
    const created = await eventOf(stack.store, billingRequestId, "PaymentTokenCreated");
    expect(created).toMatchObject({ registrationId, origin: "adopted", feePence: 700, mandate: false });
    expect(stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === registrationId)).toEqual([]);
    // Without our metadata, everything is matched by the fulfilled event.
    stack.goCardless.pay(billingRequestId);
    await status(stack, billingRequestId, "paid");
    await eventOf(stack.store, billingRequestId, "PaymentPaidOut");
    // It never asked for a mandate, so the link never does.
    expect(await (await tap(service.url, billingRequestId)).text()).toContain("Already paid");
  });

  test("a token that the chat made up is replaced by our own", async () => {
    const registrationId = await register(stack.store, { billingRequestId: "BRQ0000NOSUCH" });
    const link = await linkOf(stack, registrationId);
    expect((await paymentEvents(stack.store, link))[0]?.data).toMatchObject({ origin: "created" });
  });

  test("a permanent refusal by GoCardless is recorded in the registration's stream", async () => {
    stack.goCardless.faults.set({
      requests: [{ kind: "error", code: "validation_failed", on: "billing_requests.create", times: 1 }],
    });
    const registrationId = await register(stack.store);
    const refused = await eventually(async () =>
      (await stack.store.read(`registration-${registrationId}`)).find((e) => e.type === "PaymentTokenRefused"),
    );
    expect(refused.data).toMatchObject({ registrationId, code: "validation_failed" });
  });

  test("no personal data and no secrets are logged at any level", () => {
    for (const word of ["O'Neill", "Zoë", "Sam", "7700", TOKEN, "stand-in-webhook-secret", "/reg_setup/"]) {
      expect(service.output()).not.toContain(word);
    }
    expect(service.output()).not.toMatch(/BRQ[A-Z0-9]{4}/);
  });
});
