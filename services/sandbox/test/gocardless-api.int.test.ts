import { systemRuntime } from "@touchline/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GoCardlessOptions, type GoCardlessStandIn, startGoCardlessStandIn } from "../src/index.ts";
import { clientFor, thrown } from "./gocardless-client.ts";

const accessToken = "sandbox_token";
let standIn: GoCardlessStandIn;

const restart = async (options: Partial<GoCardlessOptions> = {}) => {
  await standIn?.stop();
  standIn = await startGoCardlessStandIn({ accessToken, webhookSecret: "a-secret", ...options });
};
beforeEach(() => restart());
afterEach(() => standIn.stop());

const client = () => clientFor(standIn.url, accessToken);
const headers = { authorization: `Bearer ${accessToken}`, "gocardless-version": "2015-07-06" };
const json = { ...headers, "content-type": "application/json" };

const fee = { amount: 4_500, currency: "GBP" } as const;
const both = { payment_request: fee, mandate_request: { currency: "GBP", scheme: "bacs" } } as const;
const createRequest = (parameters: object = both) => client().billingRequests.create(parameters);
const open = async (billing_request: string, flow: object = {}) => {
  const created = await client().billingRequestFlows.create({ links: { billing_request }, ...flow });
  return { id: created.id, url: created.authorisation_url ?? "" };
};
const act = (url: string, action: string) =>
  fetch(url.replace("/flow?", "/flow/act?"), {
    method: "POST",
    body: new URLSearchParams({ do: action }),
    redirect: "manual",
  });
const family = async () => {
  const { links } = standIn.pay((await createRequest()).id);
  await standIn.settled();
  return {
    payment: links.payment_request_payment ?? "",
    mandate: links.mandate_request_mandate ?? "",
    customer: links.customer ?? "",
    bankAccount: links.customer_bank_account ?? "",
  };
};
const monthly = (mandate: string, more: object = {}) =>
  client().subscriptions.create({
    amount: 2_750,
    currency: "GBP",
    interval_unit: "monthly",
    day_of_month: 1,
    links: { mandate },
    ...more,
  });
const said = (type: string) =>
  standIn.events.filter(({ resource_type }) => resource_type === type).map(({ action }) => action);
const reasonOf = async (call: Promise<unknown>) => (await thrown(call)).errors?.[0]?.reason;

describe("a flow without auto_fulfil", () => {
  it("leaves the request ready, until the API fulfils it", async () => {
    const { id } = await createRequest();
    expect(await thrown(client().billingRequests.fulfil(id, {}))).toMatchObject({ errorType: "invalid_state" });
    const { url } = await open(id, { auto_fulfil: false, redirect_uri: "https://club.example/thanks" });
    expect((await act(url, "pay-fails-later")).headers.get("location")).toBe("https://club.example/thanks");
    const ready = await client().billingRequests.find(id);
    expect(ready).toMatchObject({
      status: "ready_to_fulfil",
      links: { customer_bank_account: expect.stringMatching(/^BA/) as string },
    });
    expect(ready).not.toHaveProperty("path");
    expect([standIn.payments, standIn.mandates]).toEqual([[], []]);
    expect(await (await fetch(url)).text()).toContain("done your part");
    expect(await (await act(url, "pay")).text()).toContain("done your part");
    const fulfilled = await client().billingRequests.fulfil(id, { metadata: { by: "club" } });
    expect(fulfilled).toMatchObject({
      status: "fulfilled",
      links: { payment_request_payment: expect.stringMatching(/^PM/) as string },
    });
    expect(standIn.events.find(({ action }) => action === "fulfilled")?.metadata).toEqual({ by: "club" });
    await standIn.settled();
    expect(standIn.payments[0]?.status).toBe("failed");
    expect(await thrown(client().billingRequests.fulfil(id, {}))).toMatchObject({ errorType: "invalid_state" });
  });

  it("can be cancelled when it is ready, and be fulfilled by another flow", async () => {
    const ready = async () => {
      const { id } = await createRequest();
      await act((await open(id, { auto_fulfil: false })).url, "pay");
      return id;
    };
    expect((await client().billingRequests.cancel(await ready(), {})).status).toBe("cancelled");
    const id = await ready();
    const before = said("billing_requests").length;
    await act((await open(id)).url, "pay");
    expect(said("billing_requests").slice(before)).toEqual(["flow_created", "fulfilled"]);
  });
});

describe("actions", () => {
  it("fall back to Direct Debit where that is allowed", async () => {
    const strict = await createRequest();
    expect(await thrown(client().billingRequests.fallback(strict.id))).toMatchObject({ errorType: "invalid_state" });
    const { id } = await createRequest({ payment_request: fee, fallback_enabled: true });
    expect(await client().billingRequests.fallback(id)).toMatchObject({ status: "pending", fallback_occurred: true });
    await act((await open(id)).url, "pay");
    expect(standIn.payments).toMatchObject([{ scheme: "bacs", links: { mandate: standIn.mandates[0]?.id } }]);
    expect(said("billing_requests")).not.toContain("bank_authorisation_authorised");
  });

  it("notify the payer of a request that is not over", async () => {
    const { id } = await createRequest();
    const notify = (parameters: object) => client().billingRequests.notify(id, parameters);
    expect((await notify({ notification_type: "email" })).status).toBe("pending");
    expect(await thrown(notify({ notification_type: "pigeon" }))).toMatchObject({ errorType: "validation_failed" });
    standIn.cancelBillingRequest(id);
    expect(await thrown(notify({ notification_type: "email" }))).toMatchObject({ errorType: "invalid_state" });
  });

  it("give an open flow a session token", async () => {
    const { id } = await createRequest();
    const flow = await open(id);
    expect((await client().billingRequestFlows.initialise(flow.id)).session_token).toEqual(expect.any(String));
    standIn.cancelBillingRequest(id);
    expect(await thrown(client().billingRequestFlows.initialise(flow.id))).toMatchObject({
      errorType: "invalid_state",
    });
  });

  it("pause a subscription for some cycles, and then it continues by itself", async () => {
    await restart({ runtime: { ...systemRuntime(), now: () => new Date("2026-08-01T12:00:00.000Z") } });
    const { mandate } = await family();
    const { id = "" } = await monthly(mandate, { count: 3 });
    const paused = await client().subscriptions.pause(id, { pause_cycles: 2, metadata: { why: "injury" } });
    expect(paused).toMatchObject({ status: "paused", earliest_charge_date_after_resume: "2026-09-01" });
    const days = ["2026-11-01", "2026-12-01", "2027-01-01"];
    expect(paused.upcoming_payments?.map(({ charge_date }) => charge_date)).toEqual(days);
    expect(await reasonOf(client().subscriptions.pause(id, { pause_cycles: 1 }))).toBe(
      "subscription_paused_cannot_update_cycles",
    );
    expect(days.map(() => standIn.collectNext(id).charge_date)).toEqual(days);
    expect(said("subscriptions").slice(0, 4)).toEqual(["created", "paused", "resumed", "payment_created"]);
    expect(said("subscriptions").slice(4)).toEqual(["payment_created", "payment_created", "finished"]);
    expect(standIn.events.find(({ action }) => action === "paused")?.metadata).toEqual({ why: "injury" });
    expect(standIn.events.find(({ action }) => action === "payment_created")?.metadata).toEqual({});
    expect(await reasonOf(client().subscriptions.pause(id, {}))).toBe("subscription_already_ended");
    const ending = await monthly(mandate, { end_date: "2027-06-30" });
    expect(await reasonOf(client().subscriptions.pause(ending.id ?? "", {}))).toBe("subscription_cannot_be_paused");
  });

  it("retry a payment on a day of the club's choice, but no earlier than possible", async () => {
    await restart({ runtime: { ...systemRuntime(), now: () => new Date("2026-08-03T12:00:00.000Z") } });
    const { mandate } = await family();
    const { id = "" } = await client().payments.create({ ...fee, links: { mandate } });
    standIn.failPayment(id);
    const early = await thrown(client().payments.retry(id, { charge_date: "2026-08-04" }));
    expect(early.errors).toMatchObject([{ field: "charge_date" }]);
    const retried = await client().payments.retry(id, { charge_date: "2026-09-10", metadata: { try: "2" } });
    expect(retried).toMatchObject({ status: "pending_submission", charge_date: "2026-09-10", metadata: {} });
    expect(standIn.events.at(-1)).toMatchObject({ action: "resubmission_requested", metadata: { try: "2" } });
    expect(await thrown(client().payments.retry(id, { amount: 1 } as never))).toMatchObject({
      errors: [{ request_pointer: "/data/amount" }],
    });
  });

  it("leave their metadata on the events that the API caused", async () => {
    const { mandate } = await family();
    await monthly(mandate);
    await client().mandates.cancel(mandate, { metadata: { why: "moved" } });
    const ended = standIn.events
      .slice(-2)
      .map(({ resource_type, action, metadata }) => [resource_type, action, metadata]);
    expect(ended).toEqual([
      ["mandates", "cancelled", { why: "moved" }],
      ["subscriptions", "cancelled", { why: "moved" }],
    ]);
    await client().mandates.reinstate(mandate, { metadata: { why: "back" } });
    expect(standIn.events.at(-1)?.metadata).toEqual({});
    standIn.failMandate(mandate);
    expect(standIn.events.at(-1)?.metadata).toEqual({});
  });

  it("need no body", async () => {
    const cancel = async (init: RequestInit) => {
      const { id } = await createRequest();
      return (await fetch(`${standIn.url}/billing_requests/${id}/actions/cancel`, { method: "POST", ...init })).status;
    };
    expect(await cancel({ headers })).toBe(200);
    expect(await cancel({ headers: json })).toBe(200);
    expect(await cancel({ headers: json, body: "" })).toBe(200);
    expect(await cancel({ headers: json, body: "{}" })).toBe(200);
    expect(await cancel({ headers: json, body: "{" })).toBe(400);
  });
});

describe("changes", () => {
  const metadata = { note: "paid at the ground" };
  const tooMuch = { a: "1", b: "2", c: "3", d: "4" };

  it("are made to the metadata of payments, mandates, refunds and payouts", async () => {
    await restart({ lifecycle: { payoutPaidMs: 1_000 } });
    const { links } = standIn.pay((await createRequest()).id);
    const payment = links.payment_request_payment ?? "";
    await expect.poll(() => standIn.payouts.length).toBe(1);
    const payout = standIn.payouts[0]?.id ?? "";
    const refund = standIn.refundPayment(payment, 100).id;
    const api = client();
    for (const [service, id] of [
      [api.payouts, payout],
      [api.payments, payment],
      [api.mandates, links.mandate_request_mandate ?? ""],
      [api.refunds, refund],
    ] as const) {
      expect((await service.update(id, { metadata })).metadata).toEqual(metadata);
      expect((await service.update(id, {})).metadata).toEqual(metadata);
      expect(await thrown(service.update(id, { metadata: tooMuch }))).toMatchObject({ errorType: "validation_failed" });
      expect(await thrown(service.update(id, { amount: 1 } as never))).toMatchObject({ errors: [{ field: "amount" }] });
      expect(await thrown(service.update("X404", { metadata }))).toMatchObject({ code: 404 });
    }
    expect((await api.payments.update(payment, { retry_if_possible: true })).retry_if_possible).toBe(true);
    await standIn.settled();
    expect(await api.payouts.find(payout)).toMatchObject({ status: "paid", metadata });
    expect(standIn.events.findLast(({ resource_type }) => resource_type === "payouts")?.resource_metadata).toEqual(
      metadata,
    );
  });

  it("are made to the details of a customer", async () => {
    const { customer } = await family();
    const update = (parameters: object) => client().customers.update(customer, parameters);
    expect(await update({ email: "sam@example.org", family_name: "Doe", metadata })).toMatchObject({
      id: customer,
      email: "sam@example.org",
      given_name: "Sandbox",
      family_name: "Doe",
      metadata,
    });
    expect(await thrown(update({ id: "CU1" }))).toMatchObject({ errors: [{ field: "id" }] });
  });
});

describe("lists", () => {
  it("take every documented filter", async () => {
    const { payment, mandate, customer, bankAccount } = await family();
    await family();
    const subscription = await monthly(mandate);
    const refund = standIn.refundPayment(payment, 100).id;
    await client().payouts.update(standIn.payouts[0]?.id ?? "", { metadata: { season: "2026" } });
    const api = client();
    const ids = async (call: Promise<object>, name: string) =>
      ((await call) as Record<string, { id: string }[]>)[name]?.map(({ id }) => id);
    const creditor = standIn.payments[0]?.links.creditor ?? "";
    const newestFirst = standIn.payments.map(({ id }) => id).toReversed();
    const today = new Date().toISOString().slice(0, 10);

    expect(await ids(api.subscriptions.list({ customer }), "subscriptions")).toEqual([subscription.id]);
    expect(await ids(api.subscriptions.list({ customer: "CU404" }), "subscriptions")).toEqual([]);
    const payments = { creditor, currency: "GBP", scheme: "faster_payments", charge_date: { gte: today } } as const;
    expect(await ids(api.payments.list(payments), "payments")).toEqual(newestFirst);
    expect(await ids(api.payments.list({ charge_date: { lt: today } }), "payments")).toEqual([]);
    expect(await ids(api.payments.list({ currency: "EUR" }), "payments")).toEqual([]);
    const reference = standIn.mandates[0]?.reference ?? "";
    const mandates = { creditor, customer_bank_account: bankAccount, reference, scheme: ["bacs", "sepa_core"] };
    expect(await ids(api.mandates.list({ ...mandates, mandate_type: "bank_debit" }), "mandates")).toEqual([mandate]);
    expect(await ids(api.mandates.list({ scheme: ["sepa_core"] }), "mandates")).toEqual([]);
    expect(await ids(api.refunds.list({ refund_type: "payment" }), "refunds")).toEqual([refund]);
    expect(await ids(api.refunds.list({ refund_type: "mandate" }), "refunds")).toEqual([]);
    const payouts = { creditor, currency: "GBP", payout_type: "merchant", metadata: { season: "2026" } } as const;
    const bank = { creditor_bank_account: standIn.payouts[0]?.links.creditor_bank_account ?? "" };
    expect(await ids(api.payouts.list({ ...payouts, ...bank }), "payouts")).toEqual([standIn.payouts[0]?.id]);
    expect(await ids(api.customers.list({ currency: "GBP", action_required: "false" }), "customers")).toHaveLength(2);
    expect((await api.events.list({ parent_event: "EV1", creditor, export: "EX1" })).events).toEqual([]);
    const items = { payout: standIn.payouts[0]?.id ?? "", include_2020_tax_cutover: "true" } as const;
    expect((await api.payoutItems.list(items)).payout_items).toHaveLength(2);
  });

  it("are sorted as asked, page by page", async () => {
    const { mandate } = await family();
    for (const amount of [300, 100, 200]) await client().payments.create({ ...fee, amount, links: { mandate } });
    const amounts: (number | undefined)[] = [];
    const ascending = { sort_field: "amount", sort_direction: "asc", limit: 3 } as const;
    for await (const { amount } of client().payments.all(ascending)) amounts.push(amount);
    expect(amounts).toEqual([100, 200, 300, 4_500]);
    const list = async (query: string) => fetch(`${standIn.url}/payments?${query}`, { headers });
    expect(await (await list("sort_direction=asc&limit=1")).json()).toMatchObject({ payments: [{ amount: 4_500 }] });
    expect((await list("sort_field=scheme")).status).toBe(422);
    expect((await list("sort_direction=up")).status).toBe(422);
    expect((await list("charge_date[gt]=soon")).status).toBe(422);
    const anyOf = ["pending_submission", "submitted", "confirmed", "paid_out"].map((status) => `status=${status}`);
    expect(await (await list(anyOf.join("&"))).json()).toHaveProperty("payments.length", 4);
  });
});

describe("payers", () => {
  it("exist from the creation of their request on, without details", async () => {
    const { id, links } = await createRequest();
    const customer = links?.customer ?? "";
    expect(await client().customers.find(customer)).toMatchObject({ id: customer, email: null, given_name: null });
    standIn.pay(id);
    expect((await client().customers.find(customer)).email).toContain("@");
  });

  it("can be removed before they pay, which cancels their requests", async () => {
    const { id, links } = await createRequest();
    await client().customers.remove(links?.customer ?? "");
    expect(await thrown(client().customers.find(links?.customer ?? ""))).toMatchObject({ code: 404 });
    expect((await client().billingRequests.find(id)).status).toBe("cancelled");
  });

  it("are named by a request only if they exist", async () => {
    const { customer, bankAccount, mandate } = await family();
    const request = (links: object) => createRequest({ ...both, links });
    const { id, links } = await request({ customer_bank_account: bankAccount });
    expect(links).toMatchObject({ customer, customer_bank_account: bankAccount });
    standIn.pay(id);
    expect(standIn.mandates.at(-1)?.links).toMatchObject(
      standIn.mandates.find((one) => one.id === mandate)?.links ?? {},
    );
    expect((await request({ customer })).links?.customer).toBe(customer);
    const other = (await createRequest()).links?.customer ?? "";
    expect(await reasonOf(request({ customer: other, customer_bank_account: bankAccount }))).toBe("link_not_found");
    const known = standIn.customers.length;
    expect(await reasonOf(request({ customer: "CU404" }))).toBe("link_not_found");
    expect(await reasonOf(request({ customer_bank_account: "BA404" }))).toBe("link_not_found");
    expect(standIn.customers).toHaveLength(known);
    await client().customers.remove(customer);
    expect(await reasonOf(request({ customer }))).toBe("link_not_found");
    expect(await reasonOf(request({ customer_bank_account: bankAccount }))).toBe("link_not_found");
  });

  it("can be created by the API", async () => {
    const { id = "" } = await client().customers.create({ given_name: "Sam", family_name: "Doe" });
    expect(await client().customers.find(id)).toMatchObject({ given_name: "Sam", email: null, metadata: {} });
    expect((await createRequest({ ...both, links: { customer: id } })).links?.customer).toBe(id);
  });
});

describe("requests that cannot be read", () => {
  const envelope = (code: number) => ({
    error: { type: "invalid_api_usage", code, request_id: expect.any(String) as string, errors: [{}] },
  });

  it("are refused in GoCardless's words", async () => {
    const large = JSON.stringify({ billing_requests: { ...both, metadata: { big: "x".repeat(1_100_000) } } });
    const tooLarge = await fetch(`${standIn.url}/billing_requests`, { method: "POST", headers: json, body: large });
    expect([tooLarge.status, await tooLarge.json()]).toMatchObject([413, envelope(413)]);
    const malformed = await fetch(`${standIn.url}/billing_requests/%zz`, { headers });
    expect([malformed.status, await malformed.json()]).toMatchObject([404, envelope(404)]);
  });

  it("are no visits of the payment page, if they only ask for its headers", async () => {
    const { url } = await open((await createRequest()).id);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    expect(said("billing_requests")).toEqual(["created", "flow_created"]);
    await fetch(url);
    expect(said("billing_requests")).toEqual(["created", "flow_created", "flow_visited"]);
  });
});
