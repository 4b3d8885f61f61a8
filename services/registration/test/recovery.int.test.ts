import { randomUUID } from "node:crypto";
import { streams } from "@touchline/contracts";
import { connectEventStore, type EventStore } from "@touchline/event-store";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningService, startService } from "./harness.ts";
import { submission } from "./submission.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let store: EventStore;
let nc: NatsConnection;

const fast = { RECOVERY_SECONDS: "1", RECOVERY_AFTER_SECONDS: "2" };

beforeAll(async () => {
  infrastructure = await startInfrastructure("recovery");
  store = connectEventStore({ url: infrastructure.eventStore.url });
  nc = await connect({ servers: infrastructure.nats.url });
  service = await startService(infrastructure, fast);
});
afterAll(async () => {
  await nc?.close();
  await service?.stop();
  await store?.close();
  await infrastructure?.stop();
});

const publish = (registrationId: string, more: object = {}) =>
  nc
    .jetstream()
    .publish(
      "chat.registration.completed.v1",
      JSON.stringify(submission(registrationId, { signingFeePence: 100, monthlyFeePence: 100, ...more })),
    );

const swallow = async (count: number) => {
  const consumer = await nc.jetstream().consumers.get(streams.chat, "registration-intake");
  for (let i = 0; i < count; i++) await (await consumer.next({ expires: 20_000 }))?.ackAck();
};

const answers = async (subject: string) => {
  const { state } = await (await nc.jetstreamManager()).streams.info(streams.chat, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
};

const isStored = async (id: string) => (await store.read(`registration-${id}`)).length === 1;

test("a message that no consumer received is accepted or refused, once", async () => {
  await publish(randomUUID(), { season: "nonsense" });
  await expect.poll(() => answers("chat.registration.refused.v1")).toBe(1);
  await service.stop();
  const ids = Array.from({ length: 20 }, () => randomUUID());
  for (const id of ids) await publish(id);
  await publish(randomUUID(), { season: "nonsense" });
  await swallow(ids.length + 1);
  service = await startService(infrastructure, fast);
  await expect.poll(async () => (await Promise.all(ids.map(isStored))).every(Boolean), { timeout: 20_000 }).toBe(true);
  await expect.poll(() => answers("chat.registration.refused.v1")).toBe(2);
  expect(await answers("chat.registration.accepted.v1")).toBe(ids.length);
  const metrics = async () => (await fetch(`${service.http}/metrics`)).text();
  await expect
    .poll(metrics)
    .toMatch(new RegExp(`touchline_recovered_total\\{kind="registration".*\\} ${ids.length + 1}$`, "m"));

  // After another start it checks everything again, and finds only what was lost since.
  await service.stop();
  const last = randomUUID();
  await publish(last);
  await swallow(1);
  service = await startService(infrastructure, fast);
  await expect.poll(() => isStored(last), { timeout: 20_000 }).toBe(true);
  await expect.poll(metrics).toMatch(/touchline_recovered_total\{kind="registration".*\} 1$/m);
  expect(await answers("chat.registration.refused.v1")).toBe(2);
  expect(service.output()).not.toContain("Zoë");
});
