import { streams } from "@touchline/contracts";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRegistration, eventOf, type Instance, linkOf, register, type Stack, startStack } from "./stack.ts";

let stack: Stack;
let nc: NatsConnection;
let service: Instance;

beforeAll(async () => {
  stack = await startStack({ env: { RECOVERY_SECONDS: "1", RECOVERY_AFTER_SECONDS: "2" } });
  nc = await connect({ servers: stack.nats.url });
  service = await stack.start();
});
afterAll(async () => {
  await nc?.close();
  await stack?.stop();
});

/** Makes a consumer of the service believe that its next `count` messages were handled. */
const swallow = async (durable: string, count: number) => {
  const consumer = await nc.jetstream().consumers.get(streams.events, durable);
  for (let i = 0; i < count; i++) {
    const message = await consumer.next({ expires: 20_000 });
    await message?.ackAck();
  }
};

const recovered = async (kind: string) => {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return Number(new RegExp(`^touchline_recovered_total\\{kind="${kind}".*\\} (\\d+)$`, "m").exec(metrics)?.[1] ?? 0);
};

test("registrations whose messages were never delivered get their token, and are counted", async () => {
  const usual = await register(stack.store);
  await linkOf(stack, usual);
  await service.stop();
  const ids = await Promise.all(Array.from({ length: 20 }, () => register(stack.store)));
  await swallow("payment-link-tokens", ids.length);
  service = await stack.start();
  const links = await Promise.all(ids.map((id) => linkOf(stack, id)));
  expect(new Set(links).size).toBe(ids.length);
  await expect.poll(() => recovered("token")).toBe(ids.length);
  // Registrations whose message came were left alone.
  expect(stack.goCardless.billingRequests.filter((r) => r.metadata.registration_id === usual)).toHaveLength(1);
  expect(service.output().split("no message arrived for this event")).toHaveLength(ids.length + 1);
});

test("a cancellation whose message was never delivered closes the link, here and at GoCardless", async () => {
  const id = await register(stack.store);
  const link = await linkOf(stack, id);
  await service.stop();
  await cancelRegistration(stack.store, id);
  await swallow("payment-link-cancellations", 1);
  service = await stack.start();
  await eventOf(stack.store, link, "PaymentLinkClosed");
  await eventOf(stack.store, link, "PaymentTokenCancelled");
  await expect.poll(() => recovered("change")).toBe(1);
});
