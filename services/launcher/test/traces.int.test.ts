import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CollectedSpan, type Collector, startCollector } from "./collector.ts";
import { inSnakeCase, registrationOf, startWorld, type World } from "./world.ts";

const newTrace = () => ({ traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") });
const header = ({ traceId, spanId }: ReturnType<typeof newTrace>) => ({ traceparent: `00-${traceId}-${spanId}-01` });

/** The providers' requests in this trace. */
const summaryOf = (world: World, traceId: string) =>
  [...world.twilio.requests, ...world.goCardless.requests].filter(({ headers }) =>
    String(headers.traceparent).includes(traceId),
  );

/** The operations that stand-ins saw, by the part of a trace that they belong to. */
const operations = (world: World, traceId: string) =>
  new Set(summaryOf(world, traceId).map(({ operation }) => operation));

/** The calls to the providers for every registration. */
const everyStory = [
  "messages.create",
  "billing_requests.create",
  "billing_requests.get",
  "billing_request_flows.create",
];
/** OTLP's number for an outgoing call. */
const CLIENT = 3;

/** The JSON lines about a registration. */
const linesAbout = (world: World, registrationId: string) =>
  world.touchline
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(registrationId))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** From the submission to the confirmation of the payment. */
const wholeStory = async (world: World, phone: string, registrationId: string) => {
  await world.pay(await world.linkFor(phone));
  await expect
    .poll(() => world.row(registrationId), { timeout: 60_000 })
    .toMatchObject({ payment_status: "paid", sms_delivery_status: "delivered" });
  await expect.poll(() => world.textsTo(phone).length, { timeout: 60_000 }).toBe(2);
};

describe("with a collector", () => {
  let collector: Collector;
  let world: World;

  beforeAll(async () => {
    collector = await startCollector();
    world = await startWorld(collector.settings);
  });

  afterAll(async () => {
    const code = await world?.stop();
    await collector?.stop();
    expect(code).toBe(0);
  });

  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  const named = (traceId: string, name: string) => spansOf(traceId).filter((span) => span.name === name);
  const until = (traceId: string, name: string, count = 1) =>
    expect.poll(() => named(traceId, name).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);

  /** The span, its parent, and so on up to where the trace came in. */
  const ancestry = (span: CollectedSpan): CollectedSpan[] => {
    const parent = spansOf(span.traceId).find(({ spanId }) => spanId === span.parentSpanId);
    return parent ? [span, ...ancestry(parent)] : [span];
  };
  const summary = (spans: readonly CollectedSpan[]) => spans.map(({ service, name }) => `${service}: ${name}`);

  const toTwilio = "POST /2010-04-01/Accounts/{AccountSid}/Messages.json";
  const intake = "touchline.registration.v1.RegistrationService/CompleteRegistration";
  const fromIntakeToText = [
    `notification: ${toTwilio}`,
    "notification: process events.payment.PaymentTokenCreated",
    "relay: send events.payment.PaymentTokenCreated",
    "payment-link: append payment",
    "payment-link: process events.registration.RegistrationCompleted",
    "relay: send events.registration.RegistrationCompleted",
    "registration: append registration",
  ];

  /** The first text's call, whose cause is the payment token. */
  const firstText = (traceId: string) =>
    named(traceId, toTwilio)
      .map(ancestry)
      .find(([, cause]) => cause?.name === "process events.payment.PaymentTokenCreated") ?? [];

  test("a registration by gRPC is one trace under the gateway's span, through every service to both providers", async () => {
    const trace = newTrace();
    const given = registrationOf("+447700900611");
    await world.grpc.call("CompleteRegistration", inSnakeCase(given), header(trace));
    await wholeStory(world, "+447700900611", given.registrationId);
    const { traceId } = trace;
    await until(traceId, toTwilio, 2);
    await until(traceId, "POST /webhooks/gocardless");
    await until(traceId, "POST /webhooks/twilio/status");
    await until(traceId, "GET /reg_setup/:id");

    expect(summary(firstText(traceId))).toEqual([...fromIntakeToText, `registration: ${intake}`]);
    expect(firstText(traceId).at(-1)?.parentSpanId).toBe(trace.spanId);
    const [token] = named(traceId, "POST /billing_requests").map(ancestry);
    expect(summary(token ?? [])).toEqual([
      "payment-link: POST /billing_requests",
      ...fromIntakeToText.slice(4),
      `registration: ${intake}`,
    ]);
    const [page] = named(traceId, "POST /billing_request_flows").map(ancestry);
    expect(summary(page ?? []).slice(0, 2)).toEqual([
      "payment-link: POST /billing_request_flows",
      "payment-link: GET /reg_setup/:id",
    ]);
    // A provider's report continues the registration's trace; the parent may come back before the webhook.
    const [paid] = named(traceId, "process events.payment.PaymentFulfilled").map(ancestry);
    const [, relayed, appended, request] = summary(paid ?? []);
    expect([relayed, appended]).toEqual([
      "relay: send events.payment.PaymentFulfilled",
      "payment-link: append payment",
    ]);
    expect(["payment-link: POST /webhooks/gocardless", "payment-link: GET /reg_setup/:id/thanks"]).toContain(request);

    // No span is left hanging: each parent is in the trace, except the gateway's.
    const inTheAir = () => {
      const ids = new Set([...spansOf(traceId).map(({ spanId }) => spanId), trace.spanId]);
      return spansOf(traceId).filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ""));
    };
    await expect.poll(inTheAir, { timeout: 10_000 }).toEqual([]);
    // Each call that a provider saw has the span that made it.
    expect([...operations(world, traceId)]).toEqual(expect.arrayContaining(everyStory));
    const unknownCalls = () => {
      const calls = new Set(spansOf(traceId).flatMap(({ kind, spanId }) => (kind === CLIENT ? [spanId] : [])));
      const wellFormed = new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`);
      return summaryOf(world, traceId)
        .map(({ headers }) => String(headers.traceparent))
        .filter((traceparent) => !wellFormed.test(traceparent) || !calls.has(traceparent.split("-")[2] ?? ""));
    };
    await expect.poll(unknownCalls, { timeout: 10_000 }).toEqual([]);
    for (const { attributes } of spansOf(traceId)) {
      const id = attributes["touchline.correlation_id"];
      if (id !== undefined) expect(id).toBe(given.registrationId);
    }
    expect(linesAbout(world, given.registrationId).length).toBeGreaterThan(0);
    for (const line of linesAbout(world, given.registrationId)) {
      expect(line).toMatchObject({ service: expect.any(String), correlationId: given.registrationId, traceId });
    }
  });

  test("a registration by NATS is one trace under the message's", async () => {
    const trace = newTrace();
    const given = registrationOf("+447700900612");
    await world.nats.register(given, header(trace));
    await wholeStory(world, "+447700900612", given.registrationId);
    await until(trace.traceId, toTwilio, 2);
    await until(trace.traceId, "process chat.registration.completed.v1");
    await expect
      .poll(() => summary(firstText(trace.traceId)))
      .toEqual([...fromIntakeToText, "registration: process chat.registration.completed.v1"]);
    expect(firstText(trace.traceId).at(-1)?.parentSpanId).toBe(trace.spanId);
    expect(new Set(spansOf(trace.traceId).map(({ service }) => service))).toEqual(
      new Set(["registration", "relay", "payment-link", "notification"]),
    );
  });

  test("an erasure is one trace under its caller's span, up to the removal of the last copy", async () => {
    const given = registrationOf("+447700900615");
    const intakes = newTrace();
    await world.nats.register(given, header(intakes));
    const link = await world.linkFor("+447700900615");
    const tap = (url: string) => fetch(url, { redirect: "manual", headers: { "user-agent": "Mozilla/5.0 Mobile" } });
    // However the link is written, a tap belongs to the registration's trace.
    expect((await tap(`${link}/`)).status).toBe(303);
    await until(intakes.traceId, "GET /reg_setup/:id");
    const trace = newTrace();
    await world.grpc.call("EraseRegistration", { registration_id: given.registrationId }, header(trace));
    const { traceId } = trace;
    const last = "process events.registration.RegistrationTextsErased";
    await until(traceId, last);
    const erased = [
      "relay: send events.registration.RegistrationErased",
      "registration: append registration",
      "registration: touchline.registration.v1.RegistrationService/EraseRegistration",
    ];
    await expect
      .poll(() => named(traceId, last).map((span) => summary(ancestry(span))), { timeout: 10_000 })
      .toContainEqual([
        `registration: ${last}`,
        "relay: send events.registration.RegistrationTextsErased",
        "notification: append registration",
        "notification: process events.registration.RegistrationErased",
        ...erased,
      ]);
    expect(named(traceId, erased[2]?.split(": ")[1] ?? "")[0]?.parentSpanId).toBe(trace.spanId);
    const calledOff = "POST /billing_requests/{id}/actions/cancel";
    await until(traceId, calledOff);
    await expect
      .poll(() => summary(named(traceId, calledOff).slice(0, 1).flatMap(ancestry)), { timeout: 10_000 })
      .toEqual([
        `payment-link: ${calledOff}`,
        // The closing of the link and its new status are stored together; either may come first.
        expect.stringMatching(/^payment-link: process events\.payment\./),
        expect.stringMatching(/^relay: send events\.payment\./),
        "payment-link: append payment",
        "payment-link: process events.registration.RegistrationErased",
        ...erased,
      ]);
    expect([...operations(world, traceId)]).toContain("billing_requests.cancel");
    expect((await tap(link)).status).toBe(404);
  });

  test.each([
    ["no trace context", {}],
    ["a malformed one", { traceparent: "00-not-a-trace" }],
  ])("with %s a trace begins at the intake", async (_what, headers) => {
    const given = registrationOf("+447700900613");
    await world.grpc.call("CompleteRegistration", inSnakeCase(given), headers);
    const begun = () =>
      collector.spans.find(
        ({ name, attributes }) => name === intake && attributes["touchline.correlation_id"] === given.registrationId,
      );
    await expect.poll(begun, { timeout: 30_000 }).toBeDefined();
    expect(begun()?.parentSpanId ?? "").toBe("");
    const traceId = begun()?.traceId ?? "";
    await expect.poll(() => operations(world, traceId), { timeout: 30_000 }).toContain("messages.create");
    await expect
      .poll(() => summary(firstText(traceId)), { timeout: 30_000 })
      .toEqual([...fromIntakeToText, `registration: ${intake}`]);
  });

  test("a trace that its beginning did not sample is recorded nowhere, and passed on as unsampled", async () => {
    const { traceId, spanId } = newTrace();
    const given = registrationOf("+447700900614");
    await world.grpc.call("CompleteRegistration", inSnakeCase(given), { traceparent: `00-${traceId}-${spanId}-00` });
    await expect.poll(() => operations(world, traceId), { timeout: 30_000 }).toContain("messages.create");
    for (const { headers } of summaryOf(world, traceId)) expect(headers.traceparent).toMatch(/-00$/);
    expect(spansOf(traceId)).toEqual([]);
  });

  test("no span has a link: spans have routes in place of URLs", () => {
    expect(collector.received.join("")).not.toMatch(/BRQ[A-Z0-9]{4,}/);
  });
});

describe("without a collector", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    expect(await world?.stop()).toBe(0);
  });

  test("the gateway's trace context still reaches both providers unchanged", async () => {
    const trace = newTrace();
    const given = registrationOf("+447700900621");
    await world.nats.register(given, header(trace));
    await wholeStory(world, "+447700900621", given.registrationId);
    const seen = summaryOf(world, trace.traceId);
    expect([...operations(world, trace.traceId)]).toEqual(expect.arrayContaining(everyStory));
    expect(new Set(seen.map(({ headers }) => headers.traceparent))).toEqual(new Set([header(trace).traceparent]));
    expect(linesAbout(world, given.registrationId).length).toBeGreaterThan(0);
    for (const line of linesAbout(world, given.registrationId)) expect(line).toMatchObject({ traceId: trace.traceId });
  });

  test("a malformed trace context is not passed on", async () => {
    const given = registrationOf("+447700900622");
    await world.grpc.call("CompleteRegistration", inSnakeCase(given), { traceparent: `00-${"0".repeat(32)}-1-01` });
    await world.linkFor("+447700900622");
    const { headers } = world.twilio.requests.at(-1) ?? {};
    expect(headers).toBeDefined();
    expect(headers).not.toHaveProperty("traceparent");
  });
});
