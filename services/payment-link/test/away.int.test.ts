import { streams } from "@touchline/contracts";
import { connectMessaging } from "@touchline/messaging";
import type { HealthReport } from "@touchline/service";
import { eventually } from "@touchline/testing";
import { metric, startNatsCluster } from "@touchline/testing/stack";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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
import { providerEvent, sendBody, webhookBody } from "./webhook.ts";

let stack: Stack;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({ env: { WEBHOOK_POLL_SECONDS: "1" } });
  service = await stack.start();
});
afterAll(() => stack.stop());
afterEach(() => stack.goCardless.faults.reset());

const newLink = async () => linkOf(stack, await register(stack.store));
const down = () => stack.goCardless.faults.set({ requests: [{ kind: "status", status: 503, body: "html" }] });
const circuit = (open: boolean) =>
  eventually(async () => (await metric(service.url, "touchline_gocardless_circuit_open")) === (open ? 1 : 0));
const isReady = async () => (await fetch(`${service.url}/health/ready`)).ok;
const reportedFailures = async () => {
  const { checks } = (await (await fetch(`${service.url}/health/ready`)).json()) as HealthReport;
  return Object.keys(checks).filter((name) => !checks[name]?.ok);
};
const webhook = (event: object) => sendBody(service.url, webhookBody([event]));
const denied = (link: string) =>
  providerEvent("billing_requests", "bank_authorisation_denied", { billing_request: link });

describe("GoCardless away", () => {
  test("parents see a page that tries again, most taps do not call GoCardless, and afterwards all is well", async () => {
    const shown = await newLink();
    const page = (await tap(service.url, shown)).headers.get("location");
    const fresh = await newLink();
    down();
    const first = await tap(service.url, fresh);
    expect(first.status).toBe(503);
    expect(Number(first.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(first.headers.get("refresh"))).toBeGreaterThan(0);
    expect(await first.text()).toContain("tries again every few seconds");
    await eventually(async () => {
      await tap(service.url, fresh);
      return (await metric(service.url, "touchline_gocardless_circuit_open")) === 1;
    });

    const asked = () =>
      stack.goCardless.requests.filter((r) => r.url.includes(fresh) || r.operation.includes("flow")).length;
    const before = asked();
    for (let i = 0; i < 10; i++) expect((await tap(service.url, fresh)).status).toBe(503);
    expect(asked()).toBe(before);
    // A parent who was recently sent to a page is sent there again.
    expect((await tap(service.url, shown)).headers.get("location")).toBe(page);

    // Registrations continue; their tokens come when GoCardless is back.
    const registrationId = await register(stack.store);
    stack.goCardless.faults.reset();
    await circuit(false);
    await linkOf(stack, registrationId);
    expect((await tap(service.url, fresh)).status).toBe(303);
  });

  test("the same applies if it accepts requests and never answers", async () => {
    const link = await newLink();
    stack.goCardless.faults.set({ requests: [{ kind: "timeout", accepted: false }] });
    await eventually(async () => {
      expect((await tap(service.url, link)).status).toBe(503);
      return (await metric(service.url, "touchline_gocardless_circuit_open")) === 1;
    });
    stack.goCardless.faults.reset();
    await circuit(false);
    expect((await tap(service.url, link)).status).toBe(303);
  });

  test("if it did the work but the answer was lost, there is no second billing request", async () => {
    stack.goCardless.faults.set({
      requests: [
        { kind: "status", status: 502, body: "html", accepted: true, on: "billing_requests.create", times: 1 },
      ],
    });
    const registrationId = await register(stack.store);
    await linkOf(stack, registrationId);
    const made = stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === registrationId);
    expect(made).toHaveLength(1);
  });

  test("if it asks us to slow down, work is delayed but not lost", async () => {
    stack.goCardless.faults.set({
      requests: [{ kind: "status", status: 429, on: "billing_requests.create", times: 3 }],
    });
    const ids = await Promise.all([register(stack.store), register(stack.store)]);
    for (const id of ids) await linkOf(stack, id);
    expect(await metric(service.url, "touchline_gocardless_circuit_open")).toBe(0);
  });

  test("while the service waits for it before stopping, webhooks are still accepted", async () => {
    const link = await newLink();
    stack.goCardless.faults.set({ requests: [{ kind: "timeout", accepted: false, on: "billing_requests.create" }] });
    const asked = stack.goCardless.requests.length;
    await register(stack.store);
    await eventually(() => stack.goCardless.requests.length > asked);
    service.child.kill("SIGTERM");
    await eventually(() => service.output().includes('"stopping"'));
    expect((await webhook(denied(link))).status).toBe(204);
    await service.kill();
    stack.goCardless.faults.reset();
    service = await stack.start();
  });
});

describe("the event store away", () => {
  test("known links still lead to GoCardless, unknown ones get the page that tries again, webhooks come again", async () => {
    const link = await newLink();
    await eventually(async () => (await tap(service.url, link)).status === 303);
    await stack.eventStore.stop();
    expect((await tap(service.url, link)).status).toBe(303);
    expect((await tap(service.url, "BRQ0000WHOKNOWS")).status).toBe(503);
    const event = denied(link);
    expect((await webhook(event)).status).toBe(503);
    // The service stays ready for taps; the health report says what is down.
    await eventually(async () => (await reportedFailures()).includes("event_store"));
    expect(await isReady()).toBe(true);

    await stack.eventStore.start();
    await eventually(async () => (await webhook(event)).status === 204);
    await eventOf(stack.store, link, "BankAuthorisationFailed");
    await eventually(isReady);
    // The projection and the relay have recovered too.
    const next = await newLink();
    stack.goCardless.pay(next);
    await status(stack, next, "paid");
    await eventually(async () => (await (await tap(service.url, next)).text()).includes("Already paid"));
  });
});

describe("NATS away", () => {
  test("does not affect taps and webhooks; registrations get their token when it is back", async () => {
    const link = await newLink();
    await stack.nats.stop();
    expect((await tap(service.url, link)).status).toBe(303);
    stack.goCardless.pay(link);
    await status(stack, link, "paid");
    const registrationId = await register(stack.store);
    await stack.nats.start();
    await linkOf(stack, registrationId);
    await eventOf(stack.store, link, "SubscriptionCreated");
  });
});

describe("JetStream does not work, though NATS is connected", () => {
  test("taps are answered while its streams are missing", async () => {
    const link = await newLink();
    const messaging = await connectMessaging({ url: stack.nats.url, name: "test" });
    const deleted = (async () => {
      for (const name of Object.values(streams)) await messaging.jsm.streams.delete(name);
    })();
    for (let i = 0; i < 20; i++) expect((await tap(service.url, link)).status).toBe(303);
    await deleted;
    await messaging.close();
    expect((await tap(service.url, link)).status).toBe(303);
    // The relay creates and fills them again.
    await linkOf(stack, await register(stack.store));
  });

  test.each([
    ["before it starts", "after"],
    ["while it is connected", "before"],
  ] as const)(
    "an instance whose cluster loses its quorum %s answers taps and takes webhooks",
    async (_when, starts) => {
      const link = await newLink();
      const cluster = await startNatsCluster("links");
      const [, ...others] = cluster.nodes;
      const loseQuorum = () => Promise.all(others.map((node) => node.kill()));
      if (starts === "after") await loseQuorum();
      const second = await stack.start({ NATS_URL: cluster.url });
      if (starts === "before") await loseQuorum();
      try {
        await eventually(async () => (await tap(second.url, link)).status === 303);
        for (let i = 0; i < 20; i++) expect((await tap(second.url, link)).status).toBe(303);
        expect((await sendBody(second.url, webhookBody([denied(link)]))).status).toBe(204);
        const report = (await (await fetch(`${second.url}/health/ready`)).json()) as HealthReport;
        expect(report).toMatchObject({ ready: true, checks: { nats: { ok: false } } });
      } finally {
        await second.kill();
        await cluster.stop();
      }
    },
  );
});

describe("the service itself killed", () => {
  test("makes no second billing request, and continues where it left off", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => register(stack.store)));
    await service.kill();
    service = await stack.start();
    const links = await Promise.all(ids.map((id) => linkOf(stack, id)));
    for (const id of ids) {
      expect(stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === id)).toHaveLength(1);
    }
    for (const link of links) {
      const tokens = (await paymentEvents(stack.store, link)).filter((e) => e.type === "PaymentTokenCreated");
      expect(tokens).toHaveLength(1);
    }
    expect(await service.stop()).toBe(0);
    service = await stack.start();
    expect((await tap(service.url, links[0] ?? "")).status).toBe(303);
  });
});
