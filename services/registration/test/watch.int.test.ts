import { createHmac, randomUUID } from "node:crypto";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { connectEventStore, type DomainEvent, type EventStore } from "@touchline/event-store";
import { type Infrastructure, startInfrastructure } from "@touchline/testing/stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, connectGateway, zoe } from "./gateway.ts";
import { type RunningService, startService } from "./harness.ts";

let infrastructure: Infrastructure;
let service: RunningService;
let gateway: ReturnType<typeof connectGateway>;
let store: EventStore;

beforeAll(async () => {
  infrastructure = await startInfrastructure("registration");
  service = await startService(infrastructure);
  gateway = connectGateway(service.grpc);
  store = connectEventStore({ url: infrastructure.eventStore.url });
});

afterAll(async () => {
  gateway?.close();
  await store?.close();
  await service?.stop();
  await infrastructure?.stop();
});

const at = "2026-09-01T10:00:00.000Z";

/** What payment-link and notification would append for this registration, one stream after the other. */
const append = async (stream: string, after: number, ...events: DomainEvent[]) => {
  const metadata = { service: "test" };
  const stored = events.map(({ type, data }) => ({ id: randomUUID(), type, data, metadata }));
  const result = await store.append(stream, stored, after < 0 ? "no_stream" : BigInt(after));
  expect(result.ok).toBe(true);
};

const family = (registrationId: string) => {
  const smsId = randomUUID();
  const billingRequestId = `BRQ${registrationId.replaceAll("-", "").toUpperCase()}`;
  const payment = `payment-${billingRequestId}`;
  const sms = `sms-${smsId}`;
  const announced = (data: object) => ({
    type: "TextStatusChanged",
    data: { registrationId, attempt: 1, segments: 2, sentAt: at, changedAt: at, ...data },
  });
  return {
    token: () =>
      append(payment, -1, {
        type: "PaymentTokenCreated",
        data: {
          billingRequestId,
          registrationId,
          origin: "created",
          feePence: 100,
          mandate: true,
          monthlyFeePence: 100,
          preferredPaymentDay: 1,
          season: "2526",
          createdAt: at,
        },
      }),
    texted: () =>
      append(
        sms,
        -1,
        {
          type: "SmsRequested",
          data: {
            smsId,
            registrationId,
            billingRequestId,
            purpose: "payment_link",
            count: 0,
            to: "+447700900123",
            body: "Pay when convenient",
            encoding: "GSM-7",
            segments: 1,
            requestedAt: at,
          },
        },
        { type: "SmsAttemptStarted", data: { attempt: 1, attemptId: "a", startedAt: at } },
        announced({ status: "pending", segments: 1 }),
        {
          type: "SmsAccepted",
          data: { attempt: 1, providerMessageId: "SM1", segments: 2, via: "answer", acceptedAt: at },
        },
        announced({ status: "sent" }),
      ),
    delivered: () =>
      append(
        sms,
        4,
        {
          type: "SmsStatusReported",
          data: { providerMessageId: "SM1", status: "delivered", via: "callback", reportedAt: at },
        },
        announced({ status: "delivered" }),
      ),
    opened: () => append(payment, 0, { type: "PaymentLinkOpened", data: { billingRequestId, openedAt: at } }),
    paid: () =>
      append(payment, 1, {
        type: "PaymentStatusChanged",
        data: { billingRequestId, registrationId, status: "paid", since: at, changedAt: at },
      }),
  };
};

const summary = (a: Answer) =>
  [a.payment_status, a.sms_delivery_status, a.sms_attempts, a.link_opened_at !== null].join(" ");

/** Reads answers until one fits. */
const until = async (stream: ClientReadableStream<Answer>, fits: (answer: Answer) => boolean): Promise<Answer[]> => {
  const seen: Answer[] = [];
  const iterator = stream.iterator({ destroyOnReturn: false });
  for await (const answer of iterator) {
    seen.push(answer);
    if (fits(answer)) break;
  }
  return seen;
};

/** Ends when the server ends it; resolves with the status. */
const ended = (stream: ClientReadableStream<Answer>) =>
  new Promise<number>((resolve) => {
    stream.on("error", (error: ServiceError) => resolve(error.code));
    stream.on("end", () => resolve(status.OK));
    stream.resume();
  });

test("the present state comes first, then each change, and every change again from a position", async () => {
  const id = randomUUID();
  await gateway.call("CompleteRegistration", zoe(id));
  const events = family(id);
  const stream = gateway.watch(id);
  const [first] = await until(stream, () => true);
  expect(summary(first as Answer)).toBe("pending pending 0 false");

  await events.token();
  await events.texted();
  await events.delivered();
  await events.opened();
  await events.paid();
  const changes = await until(stream, (a) => a.payment_status === "paid");
  expect(changes.map(summary)).toEqual([
    "pending pending 0 false", // The token: a billing request is shown.
    "pending pending 0 false", // The text is wanted: its segments are shown.
    "pending pending 1 false",
    "pending sent 1 false",
    "pending delivered 1 false",
    "pending delivered 1 true",
    "paid delivered 1 true",
  ]);
  expect(changes.at(-1)).toMatchObject({ sms_segments: 2, paid_at: { seconds: "1788256800" } });
  stream.on("error", () => {});
  stream.cancel();

  const positions = changes.map((a) => BigInt(a.position));
  expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
  const again = gateway.watch(id, changes[2]?.position);
  const missed = await until(again, (a) => a.payment_status === "paid");
  expect(missed).toEqual(changes.slice(3));
  again.on("error", () => {});
  again.cancel();
});

test("an opt-out is shown when it is made, and later to a caller who was away", async () => {
  const key = "a2V5";
  await append("suppression-key", -1, { type: "SuppressionKeyCreated", data: { key, createdAt: at } });
  const say = (phone: string, after: number, type: string, data: object) => {
    const hash = createHmac("sha256", key).update(phone).digest("hex").slice(0, 32);
    return append(`suppression-${hash}`, after, { type, data: { phone, ...data } });
  };
  const out = { via: "inbound", optedOutAt: at };
  const [first, second] = ["+447700900701", "+447700900702"];
  await say(second, -1, "PhoneOptedOut", out);

  const id = randomUUID();
  await gateway.call("CompleteRegistration", zoe(id, { parent_phone: first }));
  const stream = gateway.watch(id);
  await until(stream, () => true);
  await say(first, -1, "PhoneOptedOut", out);
  await say(first, 0, "PhoneOptedIn", { optedInAt: at });
  await gateway.call("CorrectParentPhone", { registration_id: id, parent_phone: second });
  await say(second, 0, "PhoneOptedIn", { optedInAt: at });
  await say(second, 1, "PhoneOptedOut", out);
  await gateway.call("CancelRegistration", { registration_id: id });
  const changes = await until(stream, (a) => a.payment_status === "cancelled");
  const asked = changes.map((a) => a.phone_needs_correction);
  expect(asked).toEqual([true, false, true, false, true, true]);
  stream.on("error", () => {}).cancel();

  const again = gateway.watch(id, changes[0]?.position);
  expect(await until(again, (a) => a.payment_status === "cancelled")).toEqual(changes.slice(1));
  again.on("error", () => {}).cancel();
});

test("a caller who has seen everything receives nothing until something happens", async () => {
  const id = randomUUID();
  await gateway.call("CompleteRegistration", zoe(id));
  const { position } = await gateway.call("GetRegistration", { registration_id: id });
  const stream = gateway.watch(id, position);
  const next = until(stream, () => true);
  await gateway.call("CancelRegistration", { registration_id: id });
  expect((await next).map((a) => a.payment_status)).toEqual(["cancelled"]);
  stream.on("error", () => {});
  stream.cancel();
});

test("a thousand watchers each hear of their own, and leave nothing behind", { timeout: 60_000 }, async () => {
  const ids = Array.from({ length: 100 }, () => randomUUID());
  await Promise.all(ids.map((id) => gateway.call("CompleteRegistration", zoe(id))));
  const streams = ids.flatMap((id) => Array.from({ length: 10 }, () => gateway.watch(id)));
  await Promise.all(streams.map((stream) => until(stream, () => true)));
  const heard = Promise.all(streams.map((stream) => until(stream, (a) => a.payment_status === "cancelled")));
  await Promise.all(ids.map((id) => gateway.call("CancelRegistration", { registration_id: id })));
  expect((await heard).every((answers) => answers.length === 1)).toBe(true);
  for (const stream of streams) stream.on("error", () => {}).cancel();
  await expect
    .poll(async () => /^touchline_watchers\{[^}]*\} (\d+)$/m.exec(await metrics())?.[1], { timeout: 30_000 })
    .toBe("0");
});

const metrics = async () => (await fetch(`${service.http}/metrics`)).text();

test("a foreign position is refused", async () => {
  for (const position of ["abc", "9223372036854775808"]) {
    expect(await ended(gateway.watch("any", position))).toBe(status.INVALID_ARGUMENT);
    expect(await ended(gateway.watchAll(position))).toBe(status.INVALID_ARGUMENT);
  }
});

test("at shutdown watchers are asked to come back, the process ends cleanly, and its successor continues", async () => {
  const id = randomUUID();
  const own = await startService(infrastructure, { DATA_DIR: `${infrastructure.dataDir}/second` });
  const client = connectGateway(own.grpc);
  await client.call("CompleteRegistration", zoe(id));
  const stream = client.watch(id);
  const [seen] = await until(stream, () => true);
  const end = ended(stream);
  expect(await own.stop()).toBe(0);
  expect(await end).toBe(status.UNAVAILABLE);
  client.close();

  await gateway.call("CancelRegistration", { registration_id: id });
  const successor = await startService(infrastructure, { DATA_DIR: `${infrastructure.dataDir}/second` });
  const next = connectGateway(successor.grpc);
  const resumed = next.watch(id, seen?.position);
  const [missed] = await until(resumed, () => true);
  expect(missed).toMatchObject({ payment_status: "cancelled" });
  resumed.on("error", () => {}).cancel();
  next.close();
  expect(await successor.stop()).toBe(0);
});
