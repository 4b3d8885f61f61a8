import { systemRuntime } from "@touchline/service";
import { parseWithMeta } from "gocardless-nodejs/webhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GoCardlessOptions, type GoCardlessStandIn, startGoCardlessStandIn } from "../src/index.ts";
import { clientFor, thrown } from "./gocardless-client.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const accessToken = "sandbox_token";
const webhookSecret = "a-secret";
const now = () => new Date("2026-07-01T12:00:00.000Z");

let standIn: GoCardlessStandIn;
let receiver: Receiver;

const restart = async (options: Partial<GoCardlessOptions> = {}) => {
  await standIn?.stop();
  standIn = await startGoCardlessStandIn({
    accessToken,
    webhookSecret,
    webhookUrl: `${receiver.url}/webhooks/gocardless`,
    ...options,
  });
};

beforeEach(async () => {
  receiver = await startReceiver();
  await restart();
});

afterEach(async () => {
  await standIn.stop();
  await receiver.stop();
});

const client = () => clientFor(standIn.url, accessToken);

const fee = { amount: 4500, currency: "GBP", description: "Signing-on fee" } as const;
const request = {
  payment_request: fee,
  mandate_request: { currency: "GBP", scheme: "bacs" },
  metadata: { registration: "r1" },
};

const createRequest = (parameters: object = request, key?: string) => client().billingRequests.create(parameters, key);
const createFlow = (billingRequest: string, parameters: object = {}) =>
  client().billingRequestFlows.create({ links: { billing_request: billingRequest }, ...parameters });

const headers = { authorization: `Bearer ${accessToken}`, "gocardless-version": "2015-07-06" };
const raw = (path: string, init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {}) =>
  fetch(`${standIn.url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
const post = (path: string, body: unknown, more: Record<string, string> = {}) =>
  raw(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...more } });

const act = (url: string, action: string) =>
  fetch(url.replace("/flow?", "/flow/act?"), {
    method: "POST",
    body: new URLSearchParams({ do: action }),
    redirect: "manual",
  });

const received = () =>
  receiver.received.flatMap(
    (one) => parseWithMeta(one.body, webhookSecret, String(one.headers["webhook-signature"])).events,
  );
const actions = (events: readonly { resource_type?: string; action?: string }[], type: string) =>
  events.filter((event) => event.resource_type === type).map((event) => event.action);

describe("billing requests", () => {
  it("are created pending, with what the payer has to do", async () => {
    const created = await createRequest();
    expect(created).toMatchObject({
      id: expect.stringMatching(/^BRQ[A-Z0-9]{4,40}$/) as string,
      status: "pending",
      payment_request: { ...fee, scheme: "faster_payments", links: {} },
      mandate_request: { currency: "GBP", scheme: "bacs", links: {} },
      metadata: { registration: "r1" },
      links: { customer: expect.stringMatching(/^CU/) as string },
    });
    expect(created.actions?.map((action) => action.type)).toEqual([
      "choose_currency",
      "collect_customer_details",
      "collect_bank_account",
      "confirm_payer_details",
      "bank_authorisation",
    ]);
    const found = await client().billingRequests.find(created.id);
    expect(found).toMatchObject({ id: created.id, status: "pending" });
  });

  const withPayment = (payment: object) => ({ ...request, payment_request: { ...fee, ...payment } });
  it.each([
    ["nothing requested", { metadata: {} }, "/billing_requests/payment_request"],
    ["no amount", withPayment({ amount: undefined }), "/billing_requests/payment_request/amount"],
    ["an amount of nothing", withPayment({ amount: 0 }), "/billing_requests/payment_request/amount"],
    ["an amount in pounds", withPayment({ amount: 45.5 }), "/billing_requests/payment_request/amount"],
    ["an amount as text", withPayment({ amount: "4500" }), "/billing_requests/payment_request/amount"],
    ["another currency", withPayment({ currency: "EUR" }), "/billing_requests/payment_request/currency"],
    ["another scheme", withPayment({ scheme: "sepa_core" }), "/billing_requests/payment_request/scheme"],
    ["an unknown field", { ...request, name: "x" }, "/billing_requests/name"],
    ["an unknown nested field", withPayment({ pence: 1 }), "/billing_requests/payment_request/pence"],
    ["four metadata keys", { ...request, metadata: { a: "1", b: "2", c: "3", d: "4" } }, "/billing_requests/metadata"],
    ["a long metadata key", { ...request, metadata: { ["k".repeat(51)]: "1" } }, "/billing_requests/metadata"],
    ["a long metadata value", { ...request, metadata: { k: "v".repeat(501) } }, "/billing_requests/metadata/k"],
    ["a metadata number", { ...request, metadata: { k: 1 } }, "/billing_requests/metadata/k"],
    ["a subscription request", { ...request, subscription_request: {} }, "/billing_requests/subscription_request"],
  ])("refuse %s", async (_name, parameters, pointer) => {
    const refused = await thrown(createRequest(parameters));
    expect(refused).toMatchObject({ name: "ValidationFailedError", errorType: "validation_failed", code: 422 });
    expect(refused.errors).toMatchObject([{ request_pointer: pointer, field: pointer.split("/").at(-1) }]);
    expect(standIn.billingRequests).toEqual([]);
  });

  it("are created once per idempotency key", async () => {
    const first = await createRequest(request, "registration-r1");
    const again = await thrown(createRequest(request, "registration-r1"));
    expect(again).toMatchObject({
      name: "IdempotentCreationConflictError",
      code: 409,
      conflictingResourceId: first.id,
    });
    expect(again.errors).toMatchObject([
      { reason: "idempotent_creation_conflict", links: { conflicting_resource_id: first.id } },
    ]);
    expect(standIn.billingRequests).toHaveLength(1);
    await createRequest(request, "registration-r2");
    // A refused request does not use up its key.
    await thrown(createRequest({ metadata: {} }, "registration-r3"));
    await createRequest(request, "registration-r3");
    expect(standIn.billingRequests).toHaveLength(3);
    expect(await thrown(createRequest(request, "k".repeat(129)))).toMatchObject({ code: 400 });
  });

  it("are cancelled once, with their flows", async () => {
    const { id } = await createRequest();
    const flow = await createFlow(id);
    expect((await client().billingRequests.cancel(id, {})).status).toBe("cancelled");
    expect(await thrown(client().billingRequests.cancel(id, {}))).toMatchObject({
      errorType: "invalid_state",
      code: 422,
    });
    expect(await (await fetch(flow.authorisation_url ?? "")).text()).toContain("cancelled");
    expect(await thrown(createFlow(id))).toMatchObject({ name: "InvalidStateError", errorType: "invalid_state" });
  });

  it("are listed and paged", async () => {
    for (let i = 0; i < 5; i += 1) await createRequest();
    const ids = standIn.billingRequests.map((row) => row.id).reverse();
    const all: string[] = [];
    for await (const row of client().billingRequests.all({ limit: 2 })) all.push(row.id);
    expect(all).toEqual(ids);
    expect((await client().billingRequests.list({ status: "fulfilled" })).billing_requests).toEqual([]);
  });
});

describe("entry", () => {
  it.each([
    ["no token", { authorization: "" }, 401],
    ["another token", { authorization: "Bearer other" }, 401],
    ["another version", { "gocardless-version": "2014-01-01" }, 400],
  ])("refuses %s", async (_name, more, status) => {
    const response = await raw("/billing_requests", { headers: more });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: {
        type: "invalid_api_usage",
        code: status,
        request_id: response.headers.get("x-request-id"),
        errors: [{ reason: expect.any(String) as string }],
      },
    });
  });

  it("refuses a missing version, a broken body, another type and another envelope", async () => {
    const noVersion = await fetch(`${standIn.url}/events`, { headers: { authorization: headers.authorization } });
    expect(noVersion.status).toBe(400);
    const json = { "content-type": "application/json" };
    expect((await raw("/billing_requests", { method: "POST", body: "{", headers: json })).status).toBe(400);
    expect((await raw("/billing_requests", { method: "POST", body: "x=1" })).status).toBe(415);
    expect((await post("/billing_requests", request)).status).toBe(400);
    expect((await post("/billing_requests", { billing_requests: request, more: 1 })).status).toBe(400);
    expect((await raw("/nowhere")).status).toBe(404);
    expect(await thrown(client().billingRequests.find("BRQ0"))).toMatchObject({ code: 404 });
  });

  it("says how many requests are left, and then refuses more", async () => {
    await restart({ rateLimitPerMinute: 2, runtime: { ...systemRuntime(), now } });
    const first = await raw("/events");
    expect(first.headers.get("ratelimit-limit")).toBe("2");
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    expect(Date.parse(first.headers.get("ratelimit-reset") ?? "")).toBeGreaterThan(now().getTime());
    await raw("/events");
    expect(await thrown(createRequest())).toMatchObject({ name: "RateLimitError", code: 429 });
  });
});

describe("flows", () => {
  it("give a page that lasts seven days", async () => {
    await restart({ runtime: { ...systemRuntime(), now } });
    const { id } = await createRequest();
    const flow = await createFlow(id, {
      redirect_uri: "https://club.example/thanks",
      exit_uri: "https://club.example/exit",
    });
    expect(flow).toMatchObject({
      id: expect.stringMatching(/^BRF/) as string,
      expires_at: "2026-07-08T12:00:00.000Z",
      redirect_uri: "https://club.example/thanks",
      links: { billing_request: id },
    });
    const page = await fetch(flow.authorisation_url ?? "");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(await page.text()).toContain("£45.00");
    expect(actions(standIn.events, "billing_requests")).toEqual(["created", "flow_created", "flow_visited"]);
  });

  it("expire", async () => {
    await restart({ lifecycle: { flowMs: 0 } });
    const { id } = await createRequest();
    const flow = await createFlow(id);
    expect(await (await fetch(flow.authorisation_url ?? "")).text()).toContain("expired");
    expect((await act(flow.authorisation_url ?? "", "pay")).status).toBe(200);
    expect(standIn.billingRequests[0]?.status).toBe("pending");
  });

  it("refuse an unknown request and wrong parameters", async () => {
    const { id } = await createRequest();
    expect(await thrown(createFlow("BRQ404"))).toMatchObject({ code: 422 });
    expect(await thrown(createFlow(id, { redirect_uri: "javascript:alert(1)" }))).toMatchObject({
      errors: [{ request_pointer: "/billing_request_flows/redirect_uri" }],
    });
    expect(await thrown(client().billingRequestFlows.create({} as never))).toMatchObject({
      errorType: "validation_failed",
    });
  });

  it("conflict when a key is used again, and the conflict is thrown", async () => {
    const { id } = await createRequest();
    const flow = await client().billingRequestFlows.create({ links: { billing_request: id } }, "flow-1");
    const again = client().billingRequestFlows.create({ links: { billing_request: id } }, "flow-1");
    expect(await thrown(again)).toMatchObject({ conflictingResourceId: flow.id });
  });
});

describe("the payment page", () => {
  const open = async (parameters: object = request, flow: object = {}) => {
    const { id } = await createRequest(parameters);
    const created = await createFlow(id, flow);
    return { id, url: created.authorisation_url ?? "" };
  };

  it("creates the payment and the mandate when the payer pays, with webhooks", async () => {
    const { id, url } = await open(request, { redirect_uri: "https://club.example/thanks?a=1" });
    const paid = await act(url, "pay");
    expect([paid.status, paid.headers.get("location")]).toEqual([303, "https://club.example/thanks?a=1"]);
    await standIn.settled();

    const found = await client().billingRequests.find(id);
    const payment = found.links?.payment_request_payment ?? "";
    const mandate = found.links?.mandate_request_mandate ?? "";
    expect(found).toMatchObject({
      status: "fulfilled",
      payment_request: { links: { payment } },
      mandate_request: { links: { mandate } },
    });
    expect(await client().payments.find(payment)).toMatchObject({ status: "paid_out", amount: 4500, currency: "GBP" });
    expect(await client().mandates.find(mandate)).toMatchObject({ status: "active", scheme: "bacs" });

    const events = received();
    expect(actions(events, "billing_requests")).toEqual([
      "created",
      "flow_created",
      "collect_customer_details",
      "collect_bank_account",
      "payer_details_confirmed",
      "bank_authorisation_visited",
      "bank_authorisation_authorised",
      "fulfilled",
    ]);
    expect(actions(events, "payments")).toEqual(["created", "submitted", "confirmed", "paid_out"]);
    expect(actions(events, "mandates")).toEqual(["created", "submitted", "active"]);
    expect(events.find((event) => event.action === "fulfilled")).toMatchObject({
      id: expect.stringMatching(/^EV/) as string,
      links: { billing_request: id, payment_request_payment: payment, mandate_request_mandate: mandate },
      resource_metadata: { registration: "r1" },
      details: { cause: "billing_request_fulfilled", origin: "gocardless" },
    });
    expect(events.find((event) => event.action === "confirmed")?.links).toEqual({ payment });
    expect(await thrown(createFlow(id))).toMatchObject({ errorType: "invalid_state" });
    expect(await (await fetch(url)).text()).toContain("already been paid");
  });

  it("pays a fee alone, or sets up a mandate alone", async () => {
    await act((await open({ payment_request: fee })).url, "pay");
    await act((await open({ mandate_request: { currency: "GBP" } })).url, "pay");
    await standIn.settled();
    expect([standIn.payments.length, standIn.mandates.length]).toEqual([1, 1]);
    const [one, other] = standIn.billingRequests;
    expect(one?.links.mandate_request_mandate).toBeUndefined();
    expect(other?.links.payment_request_payment).toBeUndefined();
  });

  it("takes one payment when the payer pays twice", async () => {
    const { url } = await open();
    await Promise.all([act(url, "pay"), act(url, "pay")]);
    expect(standIn.payments).toHaveLength(1);
  });

  it("lets the payment fail later", async () => {
    await act((await open()).url, "pay-fails-later");
    await standIn.settled();
    expect(actions(received(), "payments")).toEqual(["created", "submitted", "confirmed", "failed"]);
    expect(received().find((event) => event.action === "failed")?.details).toMatchObject({
      origin: "bank",
      cause: "insufficient_funds",
      will_attempt_retry: false,
    });
  });

  it("lets the payer leave, the bank refuse and the request be cancelled", async () => {
    const { url } = await open(request, { exit_uri: "https://club.example/exit" });
    expect((await act(url, "leave")).headers.get("location")).toBe("https://club.example/exit");
    expect(await (await act(url, "deny")).text()).toContain("said no");
    expect((await act(url, "nonsense")).status).toBe(400);
    expect(standIn.billingRequests[0]?.status).toBe("pending");
    await act(url, "cancel");
    expect(standIn.billingRequests[0]?.status).toBe("cancelled");
    expect(actions(standIn.events, "billing_requests").slice(2)).toEqual([
      "flow_exited",
      "bank_authorisation_denied",
      "cancelled",
    ]);
  });

  it("shows names as text", async () => {
    await restart({ creditorName: "<script>alert(1)</script>" });
    const { url } = await open();
    expect(await (await fetch(url)).text()).not.toContain("<script>alert");
    expect((await fetch(`${standIn.url}/billing/static/flow?id=BRF1`)).status).toBe(404);
  });
});

describe("banks and payers on demand", () => {
  it("fail, charge back and restore a payment", async () => {
    const paid = async () => {
      const { id } = await createRequest();
      standIn.pay(id);
      await standIn.settled();
      return standIn.payments.at(-1)?.id ?? "";
    };
    const first = await paid();
    expect(standIn.chargeBack(first).status).toBe("charged_back");
    expect(() => standIn.failPayment(first)).toThrow("charged_back");
    expect(standIn.cancelChargeBack(first).status).toBe("paid_out");
    const second = await paid();
    expect(standIn.failPayment(second).status).toBe("failed");
    expect((await client().payments.retry(second, {})).status).toBe("pending_submission");
    await standIn.settled();
    expect((await client().payments.find(second)).status).toBe("paid_out");
  });

  it("try a failed payment again by themselves, as the details of its failure say", async () => {
    standIn.faults.set({
      outcomes: [
        { status: "retried", times: 1 },
        { status: "retried_in_vain", times: 1 },
      ],
    });
    const ends = async () => {
      const { id } = await createRequest();
      const before = standIn.events.length;
      standIn.pay(id);
      await standIn.settled();
      const events = standIn.events.slice(before).filter((event) => event.resource_type === "payments");
      return events.map(({ action, details }) =>
        action === "failed" ? `failed, ${details.will_attempt_retry ? "tried again" : "for good"}` : action,
      );
    };
    const start = ["created", "submitted", "failed, tried again", "resubmission_requested", "submitted"];
    expect(await ends()).toEqual([...start, "confirmed", "paid_out"]);
    expect(await ends()).toEqual([...start, "failed, for good"]);
  });

  it("end a payment as the fault says", async () => {
    standIn.faults.set({
      outcomes: [
        { status: "failed", times: 1 },
        { status: "charged_back", times: 1 },
      ],
    });
    for (let i = 0; i < 3; i += 1) standIn.pay((await createRequest()).id);
    await standIn.settled();
    expect(standIn.payments.map((payment) => payment.status)).toEqual(["failed", "charged_back", "paid_out"]);
  });

  it("stop at a step that has no time", async () => {
    await restart({ lifecycle: { paymentEndMs: null, mandateSubmittedMs: null } });
    standIn.pay((await createRequest()).id);
    await standIn.settled();
    const [payment] = standIn.payments;
    expect([payment?.status, standIn.mandates[0]?.status]).toEqual(["confirmed", "pending_submission"]);
    expect(standIn.advancePayment(payment?.id ?? "").status).toBe("paid_out");
    expect(standIn.failMandate(standIn.mandates[0]?.id ?? "").status).toBe("failed");
  });
});

describe("subscriptions", () => {
  let mandate: string;
  const monthly = () =>
    ({ amount: 2750, currency: "GBP", interval_unit: "monthly", day_of_month: 1, links: { mandate } }) as const;

  beforeEach(async () => {
    await restart({ runtime: { ...systemRuntime(), now } });
    standIn.pay((await createRequest()).id);
    await standIn.settled();
    mandate = standIn.mandates[0]?.id ?? "";
  });

  it("are created on a mandate, once per key", async () => {
    const parameters = {
      ...monthly(),
      start_date: "2026-09-01",
      count: 9,
      name: "Monthly fee",
      metadata: { registration: "r1" },
    };
    const created = await client().subscriptions.create(parameters, "sub-r1");
    expect(created).toMatchObject({
      id: expect.stringMatching(/^SB/) as string,
      status: "active",
      start_date: "2026-09-01",
      links: { mandate },
    });
    expect(created.upcoming_payments?.map((payment) => payment.charge_date)).toEqual([
      "2026-09-01",
      "2026-10-01",
      "2026-11-01",
      "2026-12-01",
      "2027-01-01",
      "2027-02-01",
      "2027-03-01",
      "2027-04-01",
      "2027-05-01",
    ]);
    expect(await thrown(client().subscriptions.create(parameters, "sub-r1"))).toMatchObject({
      conflictingResourceId: created.id,
    });
    await standIn.settled();
    expect(received().at(-1)).toMatchObject({
      resource_type: "subscriptions",
      action: "created",
      links: { subscription: created.id },
      resource_metadata: { registration: "r1" },
    });
  });

  it("start on the last day of the month with -1, and end before their end date", async () => {
    const created = await client().subscriptions.create({
      ...monthly(),
      day_of_month: -1,
      start_date: "2026-09-01",
      end_date: "2026-12-31",
    });
    expect(created.upcoming_payments?.map((payment) => payment.charge_date)).toEqual([
      "2026-09-30",
      "2026-10-31",
      "2026-11-30",
    ]);
  });

  it.each([
    ["day 29", { day_of_month: 29 }, "day_of_month"],
    ["day 0", { day_of_month: 0 }, "day_of_month"],
    ["a start before the mandate can be charged", { start_date: "2026-07-07" }, "start_date"],
    ["a date that is none", { start_date: "2026-02-30" }, "start_date"],
    ["a start years ahead", { start_date: "2028-01-01" }, "start_date"],
    ["an end before the start", { start_date: "2026-09-01", end_date: "2026-08-01" }, "end_date"],
    ["both count and end", { count: 2, end_date: "2027-01-01" }, "end_date"],
    ["less than one payment a year", { interval: 13 }, "interval"],
    ["no unit", { interval_unit: undefined }, "interval_unit"],
    ["an amount of nothing", { amount: 0 }, "amount"],
    ["a month for a monthly one", { month: "may" }, "month"],
    ["an unknown field", { day: 1 }, "day"],
  ])("refuse %s", async (_name, parameters, field) => {
    const refused = await thrown(client().subscriptions.create({ ...monthly(), ...parameters } as never));
    expect(refused.errors).toMatchObject([{ field, request_pointer: `/subscriptions/${field}` }]);
  });

  it("may start on the mandate's next possible charge date", async () => {
    const earliest = (await client().mandates.find(mandate)).next_possible_charge_date ?? "";
    expect(earliest).toBe("2026-07-08");
    expect(
      (await client().subscriptions.create({ ...monthly(), start_date: earliest, day_of_month: 8 })).start_date,
    ).toBe(earliest);
  });

  it("are refused on a mandate that is over, and end with it", async () => {
    const created = await client().subscriptions.create(monthly());
    standIn.cancelMandate(mandate);
    expect((await client().subscriptions.find(created.id ?? "")).status).toBe("cancelled");
    expect(standIn.events.at(-1)).toMatchObject({
      resource_type: "subscriptions",
      action: "cancelled",
      details: { origin: "bank", cause: "bank_account_closed" },
    });
    expect(await thrown(client().subscriptions.create(monthly()))).toMatchObject({
      errorType: "invalid_state",
      errors: [{ reason: "mandate_is_inactive" }],
    });
    expect(await thrown(client().mandates.cancel(mandate, {}))).toMatchObject({ errorType: "invalid_state" });
    mandate = "MD404";
    expect(await thrown(client().subscriptions.create(monthly()))).toMatchObject({
      errors: [{ reason: "link_not_found" }],
    });
  });

  it("accept a new amount for what is not collected yet, ten times, and no other change", async () => {
    const { id = "" } = await client().subscriptions.create({ ...monthly(), count: 9 });
    const begun = standIn.collectNext(id);
    const amend = (amount: number) => client().subscriptions.update(id, { amount });
    const raised = await amend(3_000);
    expect(raised).toMatchObject({ amount: 3_000, status: "active" });
    expect(raised).not.toHaveProperty("amendments");
    expect(raised.upcoming_payments).toHaveLength(8);
    expect(raised.upcoming_payments?.every((payment) => payment.amount === 3_000)).toBe(true);
    expect((await client().payments.find(begun.id)).amount).toBe(2_750);
    expect(standIn.collectNext(id).amount).toBe(3_000);
    expect(standIn.events.at(-1)).not.toMatchObject({ action: "amended" });
    expect(standIn.events.filter(({ action }) => action === "amended")).toMatchObject([
      { links: { subscription: id } },
    ]);
    expect(await thrown(amend(0))).toMatchObject({ errorType: "validation_failed", errors: [{ field: "amount" }] });
    const day = await thrown(client().subscriptions.update(id, { day_of_month: 15 } as never));
    expect(day).toMatchObject({ errorType: "validation_failed", errors: [{ field: "day_of_month" }] });
    // The same amount again is no amendment.
    for (const more of [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      await amend(3_000 + more);
    }
    const eleventh = await thrown(amend(100));
    expect(eleventh).toMatchObject({
      errorType: "invalid_state",
      errors: [{ reason: "number_of_subscription_amendments_exceeded" }],
    });
    expect((await client().subscriptions.update(id, { name: "Monthly" })).amount).toBe(3_009);
    expect((await client().subscriptions.update(id, { amount: null } as never)).amount).toBe(3_009);
    await client().subscriptions.cancel(id, {});
    const ended = await thrown(amend(100));
    expect(ended).toMatchObject({ errors: [{ reason: "subscription_not_active" }] });
  });

  it("collect, and can be cancelled", async () => {
    const { id = "" } = await client().subscriptions.create(monthly());
    const payment = standIn.collectNext(id);
    expect(payment).toMatchObject({ amount: 2750, scheme: "bacs", links: { mandate, subscription: id } });
    expect((await client().payments.list({ subscription: id })).payments).toHaveLength(1);
    expect((await client().subscriptions.cancel(id, {})).status).toBe("cancelled");
    expect(await thrown(client().subscriptions.cancel(id, {}))).toMatchObject({
      errors: [{ reason: "cancellation_failed" }],
    });
  });
});

describe("events", () => {
  it("are listed newest first, filtered and paged both ways", async () => {
    for (let i = 0; i < 3; i += 1) standIn.pay((await createRequest()).id);
    await standIn.settled();
    const ids = standIn.events.map((event) => event.id).reverse();
    const all: (string | undefined)[] = [];
    for await (const event of client().events.all({ limit: 7 })) all.push(event.id);
    expect(all).toEqual(ids);

    const middle = await client().events.list({ limit: 5, after: ids[9] ?? "" });
    expect(middle.events.map((event) => event.id)).toEqual(ids.slice(10, 15));
    expect(middle.meta).toEqual({ cursors: { before: ids[10], after: ids[14] }, limit: 5 });
    const newer = await client().events.list({ limit: 5, before: ids[10] ?? "" });
    expect(newer.events.map((event) => event.id)).toEqual(ids.slice(5, 10));

    const [payment] = standIn.payments;
    const mine = await client().events.list({
      payment: payment?.id ?? "",
      resource_type: "payments",
      action: "confirmed",
    });
    expect(mine.events).toHaveLength(1);
    const future = new Date(Date.now() + 60_000).toISOString();
    expect((await client().events.list({ created_at: { gte: future } })).events).toEqual([]);
    expect((await client().events.list({ created_at: { lt: future }, limit: 500 })).events).toHaveLength(ids.length);
  });

  it("refuse a limit out of range, an unknown parameter and a foreign cursor", async () => {
    for (const query of ["limit=501", "limit=0", "since=1", "after=EV404", "created_at[gte]=soon"]) {
      expect((await raw(`/events?${query}`)).status).toBe(422);
    }
  });
});

describe("webhooks", () => {
  it("are signed over the raw body, and hold at most 250 events", async () => {
    for (let i = 0; i < 130; i += 1) {
      await post("/billing_requests", { billing_requests: request });
      standIn.cancelBillingRequest(standIn.billingRequests.at(-1)?.id ?? "");
    }
    await standIn.settled();
    receiver.received.length = 0;
    standIn.tellAgain(standIn.events.map((event) => event.id));
    await standIn.settled();
    const batches = receiver.received.map((one) =>
      parseWithMeta(one.body, webhookSecret, String(one.headers["webhook-signature"])),
    );
    expect(batches.map((batch) => batch.events.length).toSorted((one, other) => one - other)).toEqual([10, 250]);
    expect(new Set(batches.map((batch) => batch.webhookId)).size).toBe(2);
    expect(batches[0]?.webhookId).toMatch(/^WB/);
    expect(() =>
      parseWithMeta(
        receiver.received[0]?.body ?? "",
        "other",
        String(receiver.received[0]?.headers["webhook-signature"]),
      ),
    ).toThrow();
  });

  it("are repeated unchanged while they are refused, and then no more", async () => {
    await restart({ lifecycle: { webhookRetriesMs: [1, 1, 1, 1, 1, 1, 1, 1] } });
    receiver.answer({ status: 498 });
    await createRequest();
    await standIn.settled();
    expect(receiver.received).toHaveLength(9);
    expect(new Set(receiver.received.map((one) => one.body)).size).toBe(1);
    receiver.answer({ status: 204 });
    standIn.tellAgain(standIn.events.map((event) => event.id));
    await standIn.settled();
    expect(receiver.received).toHaveLength(10);
    expect(received().at(-1)?.id).toBe(standIn.events[0]?.id);
  });

  it("can be lost, repeated and reordered", async () => {
    standIn.faults.set({
      deliveries: [
        { kind: "drop", on: "mandates.*" },
        { kind: "duplicate", on: "billing_requests.fulfilled" },
        { kind: "reorder", on: "payments.created" },
      ],
    });
    standIn.pay((await createRequest()).id);
    await standIn.settled();
    const events = received();
    expect(actions(events, "mandates")).toEqual([]);
    expect(events.filter((event) => event.action === "fulfilled")).toHaveLength(2);
    expect(new Set(events.filter((event) => event.action === "fulfilled").map((event) => event.id)).size).toBe(1);
    expect(actions(events, "payments").at(-1)).toBe("created");
    // What was lost can still be listed.
    expect((await client().events.list({ resource_type: "mandates" })).events).toHaveLength(3);
  });
});

describe("faults", () => {
  const impatient = (path: string, body: unknown, key: string) =>
    fetch(`${standIn.url}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { ...headers, "content-type": "application/json", "idempotency-key": key },
      signal: AbortSignal.timeout(250),
    });

  it.each([true, false])("never answers (accepted anyway: %s); the key shows", async (accepted) => {
    standIn.faults.set({ requests: [{ kind: "timeout", accepted, times: 1 }] });
    await expect(impatient("/billing_requests", { billing_requests: request }, "k")).rejects.toThrow();
    await expect.poll(() => standIn.requests.length, { timeout: 20_000 }).toBe(1);
    const again = createRequest(request, "k");
    if (accepted) expect(await thrown(again)).toMatchObject({ conflictingResourceId: standIn.billingRequests[0]?.id });
    else expect((await again).status).toBe("pending");
    expect(standIn.billingRequests).toHaveLength(1);
  });

  it.each([true, false])("resets (accepted anyway: %s)", async (accepted) => {
    standIn.faults.set({ requests: [{ kind: "reset", accepted, times: 1 }] });
    expect(await thrown(createRequest())).toMatchObject({ code: "ECONNRESET" });
    expect(standIn.billingRequests).toHaveLength(accepted ? 1 : 0);
  });

  it("answers 429, 500, HTML, plain text and forced codes", async () => {
    standIn.faults.set({
      requests: [
        { kind: "status", status: 429, retryAfterSeconds: 3, times: 1 },
        { kind: "status", status: 500, times: 1 },
        { kind: "status", status: 502, body: "html", times: 1 },
        { kind: "error", code: "invalid_state", times: 1 },
      ],
    });
    expect(await thrown(createRequest())).toMatchObject({ name: "RateLimitError" });
    expect(await thrown(createRequest())).toMatchObject({ errorType: "gocardless", code: 500 });
    expect(await thrown(createRequest())).toMatchObject({ name: "GoCardlessInternalError", code: 500 });
    expect(await thrown(createRequest())).toMatchObject({ errorType: "invalid_state" });
    expect((await createRequest()).status).toBe("pending");
  });

  it("applies to one operation only", async () => {
    standIn.faults.set({ requests: [{ kind: "status", status: 503, on: "billing_request_flows.create" }] });
    const { id } = await createRequest();
    expect(await thrown(createFlow(id))).toMatchObject({ errorType: "gocardless", code: 503 });
    expect((await client().billingRequests.find(id)).status).toBe("pending");
    expect(standIn.requests.map((one) => [one.operation, one.status])).toEqual([
      ["billing_requests.create", 201],
      ["billing_request_flows.create", 503],
      ["billing_requests.get", 200],
    ]);
  });
});
