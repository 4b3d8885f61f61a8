import { request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { eventHeaders, streams } from "@touchline/contracts";
import { connectMessaging, type Messaging } from "@touchline/messaging";
import { eventually } from "@touchline/testing";
import { openSocket, sendRaw } from "@touchline/testing/raw-http";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  eventOf,
  type Instance,
  linkOf,
  paymentEvents,
  register,
  type Stack,
  startStack,
  status,
  tap,
} from "./stack.ts";
import { providerEvent, signatureOf, webhookBody } from "./webhook.ts";

let stack: Stack;
let service: Instance;
let messaging: Messaging;

beforeAll(async () => {
  stack = await startStack({
    env: { WEBHOOK_POLL_SECONDS: "1" },
    goCardless: { lifecycle: { paymentEndMs: null } },
  });
  service = await stack.start();
  messaging = await connectMessaging({ url: String(stack.env.NATS_URL), name: "test" });
});
afterAll(async () => {
  await messaging.close();
  await stack.stop();
});

const newLink = async () => linkOf(stack, await register(stack.store));
const typesOf = async (link: string) => (await paymentEvents(stack.store, link)).map(({ type }) => type);
const made = (action: string, links: unknown, more: object = {}) =>
  providerEvent("billing_requests", action, links, more);

/** Sends headers as given, including repeated ones, and the body byte by byte. */
const post = (body: string, headers: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${service.url}/webhooks/gocardless`, {
      method: "POST",
      headers: [
        "host",
        "pay.example",
        "content-type",
        "application/json",
        "content-length",
        String(Buffer.byteLength(body)),
        ...headers,
      ],
    });
    request.on("response", (response) => resolve(response.resume().statusCode ?? 0)).on("error", reject);
    request.end(body);
  });

const BODY_LIMIT = 4_194_304;
const portOf = ({ url }: Instance) => Number(new URL(url).port);
const head = (headers: readonly string[]) =>
  ["POST /webhooks/gocardless HTTP/1.1", "Host: x", `Content-Length: ${BODY_LIMIT}`, ...headers, "", ""].join("\r\n");

const send = (events: unknown[]) => {
  const body = webhookBody(events);
  return post(body, ["webhook-signature", signatureOf(body)]);
};

test("only exactly the signed bytes are accepted, with one signature", async () => {
  const link = await newLink();
  const event = made("bank_authorisation_failed", { billing_request: link });
  const body = webhookBody([event]);
  const right = signatureOf(body);
  const wrong: [string, string[]][] = [
    [body, []],
    [body, ["webhook-signature", ""]],
    [body, ["webhook-signature", right.slice(2)]],
    [body, ["webhook-signature", `${right}00`]],
    [body, ["webhook-signature", `sha256=${right}`]],
    [body, ["webhook-signature", right, "webhook-signature", right]],
    [body, ["webhook-signature", "0".repeat(64), "webhook-signature", right]],
    [JSON.stringify(JSON.parse(body), null, 1), ["webhook-signature", right]],
    [`\uFEFF${body}`, ["webhook-signature", right]],
    [`${body}\n`, ["webhook-signature", right]],
    ["", ["webhook-signature", right]],
  ];
  for (const [given, headers] of wrong) expect(await post(given, headers), headers.join()).toBe(498);
  expect(await typesOf(link)).toEqual(["PaymentTokenCreated"]);
  expect(await post(body, ["Webhook-Signature", right])).toBe(204);
  expect(await typesOf(link)).toContain("BankAuthorisationFailed");
});

test("a body without a signature is refused before it arrives", async () => {
  const answer = await sendRaw(portOf(service), head([]));
  expect(answer.statuses).toEqual(["498"]);
});

test("bodies with a made-up signature, each sent but for its last byte, do not fill the memory", async () => {
  const start = Buffer.from(head([`webhook-signature: ${"0".repeat(64)}`]));
  const almost = Buffer.concat([start, Buffer.alloc(BODY_LIMIT - 1, " ")]);
  const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket(portOf(service))));
  const refused = new Set<Socket>();
  for (const socket of sockets) {
    socket.on("data", (answer) => answer.includes("HTTP/1.1 503") && refused.add(socket));
    socket.write(almost);
  }
  await expect.poll(() => refused.size).toBeGreaterThanOrEqual(4);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => send([])).toBe(204);
});

test("an empty batch, a batch of 251, and malformed events do not affect other events", async () => {
  expect(await send([])).toBe(204);
  const [many, mixed] = [await newLink(), await newLink()];
  const failures = Array.from({ length: 251 }, () => made("bank_authorisation_failed", { billing_request: many }));
  expect(await send(failures)).toBe(204);
  expect((await typesOf(many)).filter((type) => type === "BankAuthorisationFailed")).toHaveLength(251);

  const good = made("bank_authorisation_denied", { billing_request: mixed });
  const distant = made(
    "bank_authorisation_failed",
    { billing_request: mixed },
    { created_at: "+275760-01-01T00:00:00Z" },
  );
  const odd = [
    made("bank_authorisation_failed", null),
    made("bank_authorisation_failed", { billing_request: { id: mixed } }),
    made("constructor", { billing_request: mixed }),
    made("created", { billing_request: mixed }, { resource_type: "__proto__" }),
    made("confirmed", { payment: "" }, { resource_type: "payments" }),
    made("x".repeat(5_000), { billing_request: mixed }),
    { ...good, id: "../../registration-1" },
    { ...good, id: undefined },
    [],
    "EV1",
  ];
  expect(await send([...odd, distant, good, good])).toBe(204);
  const recorded = (await paymentEvents(stack.store, mixed)).filter((e) => e.type === "BankAuthorisationFailed");
  expect(recorded.map(({ data }) => "action" in data && data.action)).toEqual([distant.action, good.action]);
});

test("a fee that is reversed twice, by a charge-back and a late failure, is asked for once", async () => {
  const registrationId = await register(stack.store);
  const link = await linkOf(stack, registrationId);
  stack.goCardless.pay(link);
  const { paymentId } = await eventOf(stack.store, link, "PaymentFulfilled");
  await eventOf(stack.store, link, "PaymentConfirmed");
  stack.goCardless.chargeBack(String(paymentId));
  await eventOf(stack.store, link, "PaymentLinkReopened");
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  for (const [action, minutes] of [
    ["chargeback_settled", 1],
    ["late_failure_settled", 2],
    ["charged_back", 3],
  ] as const) {
    const more = { resource_type: "payments", created_at: later(minutes) };
    expect(await send([made(action, { payment: paymentId }, more)])).toBe(204);
  }
  const answers = await Promise.all(Array.from({ length: 8 }, () => tap(service.url, link)));
  expect(answers.map((a) => a.status)).toEqual(Array(8).fill(303));
  const requests = stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === registrationId);
  expect(requests).toHaveLength(2);
  expect((await typesOf(link)).filter((type) => type === "PaymentLinkReopened")).toHaveLength(1);
});

test("taps while a payment comes in lead to GoCardless or to 'already paid', and to one payment", async () => {
  const registrationId = await register(stack.store);
  const link = await linkOf(stack, registrationId);
  expect((await tap(service.url, link)).status).toBe(303);
  const taps = Array.from({ length: 30 }, () => tap(service.url, link));
  stack.goCardless.pay(link);
  const answers = [...(await Promise.all(taps)), ...(await Promise.all(taps.map(() => tap(service.url, link))))];
  for (const answer of answers) {
    const text = await answer.text();
    expect(
      answer.status === 303 || /Already paid|We are checking your payment/.test(text),
      `${answer.status} ${text}`,
    ).toBe(true);
  }
  await status(stack, link, "paid");
  expect(await (await tap(service.url, link)).text()).toContain("Already paid");
  expect(stack.goCardless.payments.filter((p) => p.metadata.registration_id === registrationId)).toHaveLength(1);
  expect((await typesOf(link)).filter((type) => type === "PaymentLinkReopened")).toEqual([]);
});

test("a mandate has one subscription: if the club cancels it, no other is created", async () => {
  const link = await newLink();
  stack.goCardless.pay(link);
  const { subscriptionId, mandateId } = await eventOf(stack.store, link, "SubscriptionCreated");
  const asked = () =>
    stack.goCardless.requests.filter(
      ({ method, url, body }) =>
        method === "POST" && url === "/subscriptions" && JSON.stringify(body).includes(String(mandateId)),
    ).length;
  await eventOf(stack.store, link, "PaymentConfirmed");
  await followedUp();
  const before = asked();
  expect(before).toBeGreaterThan(0);
  const ended = made("cancelled", { subscription: subscriptionId }, { resource_type: "subscriptions" });
  expect(await send([ended])).toBe(204);
  await eventOf(stack.store, link, "SubscriptionEnded");
  await followedUp();
  expect(asked()).toBe(before);
  expect(stack.goCardless.subscriptions.filter((s) => s.links.mandate === mandateId)).toHaveLength(1);
});

/** Waits until everything stored by now was relayed and followed up. */
const followedUp = async () => {
  const head = await stack.store.head();
  const { jsm } = messaging;
  await eventually(async () => {
    const last = await jsm.streams.getMessage(streams.events, { last_by_subj: "events.>" });
    if (BigInt(last.header?.get(eventHeaders.position) ?? 0) < (head ?? 0n)) return false;
    const { num_pending, num_ack_pending } = await jsm.consumers.info(streams.events, "payment-link-follow-up");
    return num_pending + num_ack_pending === 0;
  });
};

test("after a restart, events that happened while the service was down are polled from the checkpoint", async () => {
  const [before, meanwhile] = [await newLink(), await newLink()];
  stack.goCardless.faults.set({ deliveries: [{ kind: "drop" }] });
  stack.goCardless.pay(before);
  await eventOf(stack.store, before, "PaymentConfirmed", (data) => data.via === "poll");
  await service.stop();
  stack.goCardless.pay(meanwhile);
  await eventually(() => stack.goCardless.billingRequests.find((r) => r.id === meanwhile)?.status === "fulfilled");
  service = await stack.start();
  await eventOf(stack.store, meanwhile, "PaymentConfirmed", (data) => data.via === "poll");
  stack.goCardless.faults.reset();
  const confirmations = (await typesOf(before)).filter((type) => type === "PaymentConfirmed");
  expect(confirmations).toHaveLength(1);
});
