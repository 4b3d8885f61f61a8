import { connectEventStore } from "@touchline/event-store";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Canary, findCanaries, nameCanary, phoneCanary } from "./canaries.ts";
import { type Collector, startCollector } from "./collector.ts";
import { secrets } from "./stand-ins.ts";
import { inSnakeCase, registrationOf, startWorld, type World } from "./world.ts";

const phones = {
  nats: "07700900631",
  grpc: "07700900632",
  corrected: "07700900633",
  failing: "07700900634",
  dead: "07700900635",
  landline: "02079460636",
  unreadable: "07700900637",
};
const e164 = (national: string) => `+44${national.slice(1)}`;
const people = {
  child: { firstName: "Zørbelinda", lastName: "Quenthrakkel" },
  parent: { firstName: "Wolfrikson", lastName: "O'Vextable", email: "plimsoldine.vextable@canary-mail.example" },
};
const canaries: readonly Canary[] = [
  ...Object.values(phones).map(phoneCanary),
  ...[...Object.values(people.child), ...Object.values(people.parent), "plimsoldine", "Vextable"].map(nameCanary),
  ...Object.values(secrets).map((secret) => ({ what: secret, spellings: [secret] })),
];

let collector: Collector;
let world: World;
let broker: NatsConnection;

beforeAll(async () => {
  collector = await startCollector();
  world = await startWorld({ ...collector.settings, LOG_LEVEL: "trace" });
  broker = await connect({ servers: world.touchline.urls.nats });
});

afterAll(async () => {
  await broker?.close();
  await world?.stop();
  await collector?.stop();
});

const registration = (phone: string) => registrationOf(phone, people);
const byGrpc = async (phone: string) => {
  const given = registration(phone);
  await world.grpc.call("CompleteRegistration", inSnakeCase(given));
  return given;
};
const becomes = (id: string, row: object) => expect.poll(() => world.row(id), { timeout: 60_000 }).toMatchObject(row);

/** Headers and subject of every message in a stream, and the content if gateways read it. */
const messagesOf = async (stream: string, withContent = false): Promise<string[]> => {
  const manager = await broker.jetstreamManager();
  const { state } = await manager.streams.info(stream);
  const found: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
    const { subject, header, data } = await manager.streams.getMessage(stream, { seq });
    const headers = [...header].map(([name, values]) => `${name}: ${values.join(", ")}`);
    found.push([subject, ...headers, ...(withContent ? [new TextDecoder().decode(data)] : [])].join("\n"));
  }
  return found;
};

const services = ["REGISTRATION_PORT", "NOTIFICATION_PORT", "PAYMENT_LINK_PORT", "RELAY_PORT"] as const;

/** Everything that others may ship, watch or store, by its place. */
const places = async (): Promise<Record<string, string[]>> => {
  const store = connectEventStore({ url: world.touchline.urls.eventStore });
  const stored: string[] = [];
  for await (const { stream, type, id, metadata } of store.readAll()) {
    stored.push(JSON.stringify({ stream, type, id, metadata }));
  }
  await store.close();
  const requests = [...world.twilio.requests, ...world.goCardless.requests];
  const metrics = services.map(async (port) => (await fetch(`http://127.0.0.1:${world.env[port]}/metrics`)).text());
  return {
    "a log line": world.touchline.output().split("\n"),
    "/metrics": await Promise.all(metrics),
    "a span": [...collector.received],
    "a header or subject of EVENTS": await messagesOf("EVENTS"),
    "a header or subject of CHAT": await messagesOf("CHAT"),
    "a header or subject of DEAD_LETTERS": await messagesOf("DEAD_LETTERS"),
    "a message of CHANGES": await messagesOf("CHANGES", true),
    "a stream's name or an event's metadata": stored,
    "a URL of ours": [...world.front.lines],
    "a URL of a provider's": requests.map(({ method, url }) => `${method} ${url}`),
  };
};

test("a registration by NATS goes through a text, a tap, a payment, STOP and START", async () => {
  const given = registration("07700 900631");
  await world.nats.register(given);
  await world.pay(await world.linkFor(e164(phones.nats)));
  await becomes(given.registrationId, { payment_status: "paid", sms_delivery_status: "delivered" });
  await expect.poll(() => world.textsTo(e164(phones.nats)).length, { timeout: 60_000 }).toBe(2);
  await world.texted(e164(phones.nats), "STOP");
  await world.texted(e164(phones.nats), "START");
  await world.texted(e164(phones.nats), `Hello from ${people.parent.firstName}`);
});

test("a registration by gRPC goes through a number that Twilio refuses, its correction and a resend", async () => {
  world.twilio.faults.set({ requests: [{ on: "messages.create", kind: "error", code: 21_211, times: 1 }] });
  const given = await byGrpc("+44 (0)7700 900-632");
  const id = given.registrationId;
  // The parent is e-mailed instead.
  await becomes(id, { phone_needs_correction: true, email_status: "sent" });
  const change = { registration_id: id, parent_phone: "07700 900 633" };
  await world.grpc.call("CorrectParentPhone", change);
  await world.linkFor(e164(phones.corrected));
  await world.grpc.call("ResendPaymentLink", { registration_id: id });
  await world.linkFor(e164(phones.corrected), 1);
  await becomes(id, { sms_delivery_status: "delivered" });
  // The parent's reply to a text that was refused.
  await expect(
    world.grpc.call("CorrectParentPhone", { registration_id: id, parent_phone: phones.landline }),
  ).rejects.toMatchObject({ code: 3 });
});

/** Purposes of the texts requested for a phone. */
const requestedFor = async (phone: string): Promise<string[]> => {
  const store = connectEventStore({ url: world.touchline.urls.eventStore });
  const purposes: string[] = [];
  for await (const { type, data } of store.readAll({ prefixes: ["sms-"] }))
    if (type === "SmsRequested" && data.to === e164(phone)) purposes.push(data.purpose);
  await store.close();
  return purposes;
};

test("a payment that fails is asked for again", async () => {
  const given = await byGrpc("447700900634");
  const link = await world.linkFor(e164(phones.failing));
  const id = link.split("/").at(-1) as string;
  world.goCardless.faults.set({ outcomes: [{ on: id, status: "failed", times: 1 }] });
  await world.pay(link);
  await becomes(given.registrationId, { payment_status: "failed" });
  // At night it is requested, and goes in the morning.
  await expect.poll(() => requestedFor(phones.failing), { timeout: 30_000 }).toContain("reopened");
});

test("bad messages are refused, and those that no consumer can handle become dead letters", async () => {
  await world.nats.register(registration(phones.landline));
  await world.nats.publish(`{"registrationId":"r-1","parentPhone":"${phones.unreadable}","child":{"firstName":"Zør`);
  await expect.poll(() => world.nats.refusals.length, { timeout: 30_000 }).toBe(2);
  world.goCardless.faults.set({
    requests: [{ on: "billing_requests.create", kind: "status", status: 422, times: 1 }],
  });
  await byGrpc(phones.dead);
  await expect.poll(async () => (await messagesOf("DEAD_LETTERS")).length, { timeout: 60_000 }).toBeGreaterThan(0);
  // Defects log the most: an SDK error holds its whole request.
  world.twilio.faults.set({ requests: [{ on: "messages.create", kind: "status", status: 500, times: 1 }] });
  await world.nats.register(registration(phones.dead));
  await expect.poll(() => world.touchline.output().includes('"outcome":"unknown"'), { timeout: 30_000 }).toBe(true);
});

test("no log line, metric, span, header, subject, stream name, metadata or URL of all this shows who it was", async () => {
  const found = await places();
  for (const [place, texts] of Object.entries(found)) expect(texts.length, place).toBeGreaterThan(0);
  const leaks = Object.entries(found).flatMap(([place, texts]) =>
    texts.flatMap((text) => findCanaries(canaries, place, text)),
  );
  expect(leaks).toEqual([]);
});

test("the canaries can be found: they are in what the chat wrote and what Twilio was sent", () => {
  const bodies = world.twilio.requests.map(({ body }) => JSON.stringify(body)).join("\n");
  const seen = findCanaries(canaries, "Twilio", bodies).join("\n");
  for (const expected of [people.child.firstName, phones.nats, phones.corrected]) expect(seen).toContain(expected);
  for (const spelling of ["7700900631", "Wolfrikson", "Zørbelinda"]) {
    const wrapped = Buffer.from(JSON.stringify({ a: "x", b: `text about ${spelling} and more` })).toString("base64");
    expect(findCanaries(canaries, "base64", wrapped)).not.toEqual([]);
  }
});

test("every log line of a registration has its id and its trace", () => {
  const lines = world.touchline
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const traced = lines.filter((line) => line.correlationId !== undefined || line.smsId !== undefined);
  expect(traced.length).toBeGreaterThan(5);
  for (const line of traced) {
    expect(line).toMatchObject({
      service: expect.any(String),
      correlationId: expect.any(String),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  }
});
