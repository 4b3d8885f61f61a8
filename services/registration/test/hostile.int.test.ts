import { credentials, makeGenericClientConstructor, type ServiceError, status } from "@grpc/grpc-js";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { connect, headers } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectGateway } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";
import { hostileMessages } from "./hostile.ts";

let infrastructure: Infrastructure;
let service: RunningService;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure, { LOG_LEVEL: "trace" });
});

afterAll(async () => {
  await service?.stop();
  await infrastructure?.stop();
});

const COUNT = 10_000;

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${service.http}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? ([\\d.e+]+)$`, "m").exec(text)?.[1]);
};

test(`of ${COUNT} hostile messages none crashes the service, none is lost, and memory stays bounded`, {
  timeout: 180_000,
}, async () => {
  const nc = await connect({ servers: infrastructure.nats.url });
  const refused = new Set<number>();
  const accepted: string[] = [];
  nc.subscribe("chat.registration.refused.v1", {
    callback: (_, message) => void refused.add(Number(message.json<{ sequence: string }>().sequence)),
  });
  nc.subscribe("chat.registration.accepted.v1", {
    callback: (_, message) => void accepted.push(message.json<{ registrationId: string }>().registrationId),
  });

  const messages = hostileMessages(COUNT);
  const js = nc.jetstream();
  const sequences: number[] = [];
  let settled = 0;
  let peak = 0;
  for (let i = 0; i < COUNT; i += 100) {
    const acks = messages.slice(i, i + 100).map(({ payload, binary }) => {
      const h = headers();
      if (binary) h.set("Content-Type", "application/x-protobuf");
      return js.publish("chat.registration.completed.v1", payload, { headers: h, timeout: 30_000 });
    });
    sequences.push(...(await Promise.all(acks)).map((ack) => ack.seq));
    settled += 100;
    // The service keeps up: what is waiting is in NATS, not in its memory.
    await expect.poll(() => refused.size + accepted.length, { timeout: 60_000 }).toBe(settled);
    if (i % 1_000 === 0) peak = Math.max(peak, (await metric("process_resident_memory_bytes")) / 1024 ** 2);
  }
  for (const { good } of messages) if (good) expect(accepted).toContain(good);
  // Everything not accepted was refused, each by its sequence.
  expect(refused.size + accepted.length).toBe(COUNT);
  expect([...refused].filter((sequence) => !sequences.includes(sequence))).toEqual([]);
  expect(service.child.exitCode).toBeNull();
  expect(peak).toBeLessThan(400);
  expect(service.output()).not.toMatch(/900123|O'Neill|Zoë|defect|evil\.example/);
  const gateway = connectGateway(service.grpc);
  expect(await gateway.call("GetRegistration", { registration_id: "good-99" })).toMatchObject({ team: "Tigers" });
  gateway.close();
  await nc.close();
});

test("gRPC answers every hostile request, and no answer blames the service", {
  timeout: 60_000,
}, async () => {
  const Raw = makeGenericClientConstructor({}, "raw");
  const client = new Raw(service.grpc, credentials.createInsecure());
  const bytes = (value: Buffer) => value;
  const call = (payload: Uint8Array) =>
    new Promise<number>((resolve) =>
      client.makeUnaryRequest(
        "/touchline.registration.v1.RegistrationService/CompleteRegistration",
        bytes,
        bytes,
        Buffer.from(payload),
        (error: ServiceError | null) => resolve(error?.code ?? status.OK),
      ),
    );
  const messages = hostileMessages(2_000);
  const codes = new Set<number>();
  for (let i = 0; i < 2_000; i += 50) {
    const part = messages.slice(i, i + 50);
    for (const code of await Promise.all(part.map(({ payload }) => call(payload)))) codes.add(code);
  }
  client.close();
  // Accepted if the flipped bit did not matter; too large; or wrong.
  const expected = [status.OK, status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED, status.ALREADY_EXISTS];
  expect([...codes].filter((code) => !expected.includes(code))).toEqual([]);
  expect(codes).toContain(status.INVALID_ARGUMENT);
});
