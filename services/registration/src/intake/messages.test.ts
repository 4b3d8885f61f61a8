import { Fault } from "@touchline/contracts";
import { memoryEventStore } from "@touchline/event-store/memory";
import type { Delivery } from "@touchline/messaging";
import { expect, test } from "vitest";
import { createMessageIntake, type IntakeResult } from "./messages.ts";
import { createTakeIn } from "./take-in.ts";

const now = () => new Date("2026-09-01T10:00:00.000Z");
const zoe = {
  registrationId: "r1",
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
};

const setUp = () => {
  const store = memoryEventStore(now);
  const published: { subject: string; value: object; msgId: string | undefined }[] = [];
  const results: IntakeResult[] = [];
  const forgotten: number[] = [];
  let away = false;
  const handle = createMessageIntake({
    takeIn: createTakeIn({
      store,
      fees: { signingFeePence: 100, monthlyFeePence: 100 },
      testFees: true,
      keepsEmail: true,
      now,
    }),
    messaging: {
      publishJson: async (subject, value, options) => {
        if (away) throw new Fault("nats_unavailable");
        published.push({ subject, value: value as object, msgId: options?.msgId });
        return {} as never;
      },
    },
    forget: async (sequence) => forgotten.push(sequence),
    now,
    onResult: (result) => results.push(result),
  });
  const deliver = (payload: string, sequence: number, headers: Record<string, string> = {}) => {
    const data = new TextEncoder().encode(payload);
    const delivery: Delivery = {
      subject: "chat.registration.completed.v1",
      data,
      sequence,
      deliveries: 1,
      publishedAt: now(),
      header: (name) => headers[name],
    };
    return handle(delivery);
  };
  return { store, published, results, forgotten, deliver, goAway: (value: boolean) => (away = value) };
};

test("a message redelivered after a crash between storing and answering is answered as a duplicate", async () => {
  const { store, published, deliver, goAway } = setUp();
  goAway(true);
  await expect(deliver(JSON.stringify(zoe), 7)).rejects.toMatchObject({ code: "nats_unavailable" });
  goAway(false);
  expect(await deliver(JSON.stringify(zoe), 7)).toBe("done");
  expect(await store.read("registration-r1")).toHaveLength(1);
  expect(published).toEqual([
    {
      subject: "chat.registration.accepted.v1",
      value: { registrationId: "r1", duplicate: true, acceptedAt: "2026-09-01T10:00:00Z" },
      msgId: "accepted/CHAT/7",
    },
  ]);
});

test("a message whose refusal could not be published is redelivered", async () => {
  const { published, deliver, goAway } = setUp();
  goAway(true);
  await expect(deliver("{", 1)).rejects.toBeInstanceOf(Fault);
  goAway(false);
  expect(await deliver("{", 1)).toBe("done");
  expect(published).toMatchObject([{ msgId: "refused/CHAT/1", value: { code: "undecodable", sequence: "1" } }]);
});

test("the first of two messages counts, even if both are in flight at once", async () => {
  const { store, results, deliver } = setUp();
  await Promise.all([deliver(JSON.stringify(zoe), 1), deliver(JSON.stringify({ ...zoe, team: "Lions" }), 2)]);
  expect(results).toEqual(["accepted", "conflict"]);
  expect((await store.read("registration-r1"))[0]?.data).toMatchObject({ team: "Tigers" });
});

test("a trace context is passed on, and anything else in its place is not", async () => {
  const { store, deliver } = setUp();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await deliver(JSON.stringify(zoe), 1, { traceparent });
  await deliver(JSON.stringify({ ...zoe, registrationId: "r2" }), 2, { traceparent: "Zoë O'Neill" });
  expect((await store.read("registration-r1"))[0]?.metadata).toMatchObject({ traceparent, $causationId: "CHAT/1" });
  expect((await store.read("registration-r2"))[0]?.metadata).not.toHaveProperty("traceparent");
});

test("an erased registration is not accepted again, and the message that tried is deleted", async () => {
  const { store, published, results, forgotten, deliver } = setUp();
  await deliver(JSON.stringify(zoe), 1);
  const erased = { registrationId: "r1", resends: 0, corrections: 0, erasedAt: now().toISOString() };
  const event = { id: "e", type: "RegistrationErased", data: erased, metadata: { service: "registration" } };
  await store.append("registration-r1", [event], 0n);
  await store.truncateBefore("registration-r1", 1n);
  expect(await deliver(JSON.stringify(zoe), 2)).toBe("done");
  expect(results).toEqual(["accepted", "erased"]);
  expect(forgotten).toEqual([2]);
  expect(published.at(-1)).toMatchObject({
    subject: "chat.registration.refused.v1",
    value: {
      registrationId: "r1",
      code: "erased",
      message: "Registration r1 was erased.",
      fieldErrors: [{ field: "registrationId", code: "erased" }],
    },
  });
  expect(await store.read("registration-r1")).toHaveLength(1);
});
