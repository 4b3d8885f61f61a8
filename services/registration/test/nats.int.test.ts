import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { CompleteRegistrationRequestSchema } from "@touchline/contracts";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { type ConsumerMessages, connect, headers, type JsMsg, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";
import { submission } from "./submission.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let gateway: ReturnType<typeof connectGateway>;
let nc: NatsConnection;
let answers: ConsumerMessages;
let refusals: AsyncIterator<JsMsg>;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure);
  gateway = connectGateway(service.grpc);
  nc = await connect({ servers: infrastructure.nats.url });
  const consumer = await nc.jetstream().consumers.get("CHAT", {
    filterSubjects: "chat.registration.refused.v1",
  });
  answers = await consumer.consume();
  refusals = answers[Symbol.asyncIterator]();
});

afterAll(async () => {
  answers?.stop();
  await nc?.close();
  gateway?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const text = new TextEncoder();
const completed = "chat.registration.completed.v1";

/** The design's example, as it is published. */
const published = (registrationId: string, more: object = {}) =>
  JSON.stringify(
    submission(registrationId, {
      parent: { firstName: "Sam", lastName: "O'Neill", email: "sam@example.org" },
      signingFeePence: 100,
      monthlyFeePence: 100,
      billingRequestId: "BRQ000123ABC",
      ...more,
    }),
  );

const found = (registration_id: string) =>
  expect.poll(() => gateway.call("GetRegistration", { registration_id }).catch((e: Error) => e.message), {
    timeout: 10_000,
  });

const nextRefusal = async () => {
  const { value } = (await refusals.next()) as { value: JsMsg };
  value.ack();
  return value.json<{
    registrationId?: string;
    code: string;
    message: string;
    sequence: string;
    fieldErrors?: Fault[];
  }>();
};

interface Fault {
  readonly field: string;
  readonly code: string;
}

test("the documented JSON is accepted, published over JetStream or plain NATS", async () => {
  for (const publish of [
    (payload: string) => nc.jetstream().publish(completed, text.encode(payload)),
    async (payload: string) => nc.publish(completed, payload),
  ]) {
    const id = randomUUID();
    await publish(published(id));
    await found(id).toMatchObject({ child_name: "Zoë O'Neill", parent_phone: "+447700900123" });
  }
});

test("proto field names and unknown fields are accepted too", async () => {
  const id = randomUUID();
  const message = {
    ...JSON.parse(published(id)),
    parentPhone: undefined,
    parent_phone: "07700900123",
    colour: { a: [1] },
  };
  nc.publish(completed, JSON.stringify(message));
  await found(id).toMatchObject({ parent_phone: "+447700900123" });
});

test.each(["Content-Type", "content-type"])("binary protobuf is accepted if the %s says so", async (name) => {
  const id = randomUUID();
  const request = create(CompleteRegistrationRequestSchema, { ...JSON.parse(published(id)), team: "Lions" });
  const h = headers();
  h.set(name, "application/x-protobuf");
  nc.publish(completed, toBinary(CompleteRegistrationRequestSchema, request), { headers: h });
  await found(id).toMatchObject({ team: "Lions" });
});

test("the first of two messages about one id counts, and the other is refused as a conflict", async () => {
  const id = randomUUID();
  nc.publish(completed, published(id));
  nc.publish(completed, published(id, { team: "Lions", parentPhone: "07700 900456" }));
  const refused = await nextRefusal();
  expect(refused).toMatchObject({ registrationId: id, code: "conflict" });
  expect(refused.fieldErrors?.map((f) => [f.field, f.code])).toEqual([
    ["parentPhone", "differs"],
    ["team", "differs"],
  ]);
  expect(refused.message).toContain(id);
  await found(id).toMatchObject({ team: "Tigers" });
});

test("every violation is reported at once by JSON path, wrong types among them, and no value is repeated", async () => {
  const id = randomUUID();
  nc.publish(
    completed,
    published(id, { parentPhone: "0161 496 0000", child: { firstName: 7 }, preferredPaymentDay: "x" }),
  );
  const refused = await nextRefusal();
  expect(refused).toMatchObject({ registrationId: id, code: "invalid", sequence: expect.stringMatching(/^\d+$/) });
  expect(refused.fieldErrors?.map((f) => [f.field, f.code])).toEqual([
    ["child.firstName", "wrong_type"],
    ["preferredPaymentDay", "wrong_type"],
    ["child.lastName", "required"],
    ["parentPhone", "not_a_mobile"],
  ]);
  // Not 496 alone, which an id may contain.
  expect(JSON.stringify(refused)).not.toMatch(/496.?0000/);
});

test("invalid JSON is refused with the id if it can be found", async () => {
  const id = randomUUID();
  nc.publish(completed, published(id).slice(0, 80));
  expect(await nextRefusal()).toMatchObject({ registrationId: id, code: "undecodable" });
  for (const payload of ["", "[]", "null", "\u0000", new Uint8Array([0xff, 0xfe, 0x00])]) {
    nc.publish(completed, payload);
    expect(await nextRefusal()).toMatchObject({ code: "undecodable" });
  }
});

test("messages that wait while the service is down are handled when it is back", async () => {
  expect(await service.stop()).toBe(0);
  const id = randomUUID();
  await nc.jetstream().publish(completed, text.encode(published(id)));
  gateway.close();
  service = await startService(infrastructure);
  gateway = connectGateway(service.grpc);
  await found(id).toMatchObject({ registration_id: id });
});
