import { randomUUID } from "node:crypto";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { changeSubject, gatewayChanges, streams } from "@touchline/contracts";
import { connectMessaging, lastOnSubject, type Messaging, makeConsumer, walkMessages } from "@touchline/messaging";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld } from "./families.ts";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

interface Change {
  readonly registrationId: string;
  readonly position: string;
  readonly erased?: boolean;
  readonly paymentStatus?: string;
  readonly smsDeliveryStatus?: string;
  readonly nextActions?: readonly object[];
}

let infrastructure: Infrastructure;
let service: RunningService;
let world: ReturnType<typeof createWorld>;
let nats: Messaging;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure);
  world = createWorld(infrastructure.eventStore.url);
  nats = await connectMessaging({ url: infrastructure.nats.url, name: "test" });
});

afterAll(async () => {
  await nats?.close();
  await world?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const decode = (data: Uint8Array) => JSON.parse(new TextDecoder().decode(data)) as Change;

const published = async (): Promise<Change[]> => {
  const found: Change[] = [];
  for await (const { data } of walkMessages(nats, { stream: streams.changes, subject: changeSubject }))
    found.push(decode(data));
  return found;
};
const of = async (id: string) => (await published()).filter(({ registrationId }) => registrationId === id);
const lastOf = (id: string) => expect.poll(async () => (await of(id)).at(-1), { timeout: 10_000 });

/** A family whose text is refused on the way. */
const family = async (id: string, link: string) => {
  await world.register(id, ["Zoë", "O'Neill"]);
  await world.token(id, link);
  await world.text(id, link, 0, ["undelivered", "30005"]);
};

test("what changes is published with what the chat can do next, and with nothing personal", async () => {
  const id = randomUUID();
  await family(id, "BRQ000FEED1");
  await lastOf(id).toMatchObject({
    paymentStatus: "pending",
    smsDeliveryStatus: "undelivered",
    nextActions: [{ action: "offer_resend" }],
  });
  await world.payment(id, "BRQ000FEED1", "paid");
  await lastOf(id).toMatchObject({ paymentStatus: "paid" });
  const changes = await of(id);
  expect(changes.at(-1)).not.toHaveProperty("nextActions");
  const positions = changes.map(({ position }) => BigInt(position));
  expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
  for (const personal of ["Zoë", "O'Neill", "7700900", "@"]) expect(JSON.stringify(changes)).not.toContain(personal);
});

test("a service that was killed continues from the last message, and repeats nothing", async () => {
  const before = await published();
  await service.kill();
  const [one, two] = [randomUUID(), randomUUID()];
  await family(one, "BRQ000FEED2");
  await family(two, "BRQ000FEED3");
  service = await startService(infrastructure);
  await lastOf(two).toMatchObject({ smsDeliveryStatus: "undelivered" });
  await lastOf(one).toMatchObject({ smsDeliveryStatus: "undelivered" });
  const after = (await published()).slice(before.length);
  expect(new Set(after.map(({ registrationId }) => registrationId))).toEqual(new Set([one, two]));
});

test("a NATS that lost its stream is sent the state of every family", async () => {
  const known = new Set((await published()).map(({ registrationId }) => registrationId));
  await nats.jsm.streams.delete(streams.changes);
  const id = randomUUID();
  await family(id, "BRQ000FEED4");
  await expect
    .poll(async () => new Set((await published()).map(({ registrationId }) => registrationId)), { timeout: 20_000 })
    .toEqual(known.add(id));
});

test("an erased family is published as erased, and a gateway that was away hears of it from its consumer", async () => {
  await makeConsumer(nats, gatewayChanges);
  const id = randomUUID();
  await family(id, "BRQ000FEED5");
  const stored = await world.store.read(`registration-${id}`);
  const data = { registrationId: id, resends: 0, corrections: 0, erasedAt: new Date().toISOString() };
  const erased = { id: randomUUID(), type: "RegistrationErased", data, metadata: { service: "test" } };
  await world.store.append(`registration-${id}`, [erased], stored.at(-1)?.revision ?? "no_stream");
  await lastOf(id).toEqual({ registrationId: id, position: expect.any(String), erased: true });
  const heard: Change[] = [];
  const consumer = await nats.js.consumers.get(gatewayChanges.stream, gatewayChanges.durable);
  for await (const message of await consumer.fetch({ max_messages: 500, expires: 2_000 })) {
    heard.push(decode(message.data));
    message.ack();
  }
  expect(heard).toEqual(await published());
});

test("over gRPC the same changes come from a position on, and each new one as it happens", async () => {
  const gateway = connectGateway(service.grpc);
  const from = async (after_position: string, count: number) => {
    const stream: ClientReadableStream<{ registration_id: string; position: string }> =
      gateway.watchAll(after_position);
    stream.on("error", () => {});
    const seen: { registration_id: string; position: string }[] = [];
    for await (const change of stream) if (seen.push(change) === count) break;
    stream.cancel();
    return seen;
  };
  const last = decode((await lastOnSubject(nats, streams.changes, changeSubject))?.data ?? new Uint8Array());
  const known = new Set((await published()).map(({ registrationId }) => registrationId));
  const all = await from("", known.size);
  expect(new Set(all.map(({ registration_id }) => registration_id))).toEqual(known);
  const id = randomUUID();
  const next = from(last.position, 1);
  await world.register(id, ["Leo", "Khan"]);
  expect((await next)[0]?.registration_id).toBe(id);
  const refused = gateway.watchAll("yesterday");
  const error = await new Promise<ServiceError>((resolve) => refused.once("error", resolve));
  expect(error.code).toBe(status.INVALID_ARGUMENT);
  gateway.close();
});
