import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeSubject, chatSubjects, gatewayChanges, gatewayRefusals, streams } from "@touchline/contracts";
import {
  connectMessaging,
  consume,
  ensureStreams,
  listDeadLetters,
  type Messaging,
  makeConsumer,
  redriveDeadLetter,
  renewDeadLetters,
  serveConsumers,
  sweep,
  walkMessages,
} from "@touchline/messaging";
import { systemRuntime } from "@touchline/service";
import { AckPolicy, type ConsumerConfig, connect, type NatsConnection, nanos } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mayPublish, type ProductionNats, startProductionNats, type User } from "./production-nats.ts";

const folder = mkdtempSync(join(tmpdir(), "touchline-nats-"));
const stopping = new AbortController();
let nats: ProductionNats;
let relay: Messaging;
let serving: Promise<void>;

const connectAs = (user: User) => connect({ servers: `127.0.0.1:${nats.port}`, ...nats.credentials(user) });
const messagingAs = (user: User) => connectMessaging({ url: nats.url(user), name: user });

beforeAll(async () => {
  nats = await startProductionNats(folder);
  relay = await messagingAs("relay");
  await ensureStreams(relay);
  await ensureStreams(relay, [streams.changes]);
  for (const wanted of [gatewayRefusals, gatewayChanges]) await makeConsumer(relay, wanted);
  serving = serveConsumers(relay, stopping.signal, () => {});
});

afterAll(async () => {
  stopping.abort();
  await serving;
  await relay.close();
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What each service consumes in production. */
const consumers: readonly (readonly [User, string, string, string])[] = [
  ["registration", streams.chat, "registration-intake", chatSubjects.registrationCompleted],
  ["registration", streams.events, "registration-erasure", "events.registration.RegistrationTextsErased"],
  ["notification", streams.events, "notification-intake", "events.payment.>"],
  ["notification", streams.events, "notification-changes", "events.registration.>"],
  ["notification", streams.events, "notification-redaction", "events.sms.SmsRedactionDue"],
  ["payment-link", streams.events, "payment-link-tokens", "events.registration.RegistrationCompleted"],
  ["payment-link", streams.events, "payment-link-cancellations", "events.registration.RegistrationCancelled"],
  ["payment-link", streams.events, "payment-link-erasures", "events.registration.RegistrationErased"],
  ["payment-link", streams.events, "payment-link-refunds", "events.registration.RegistrationRefundRequested"],
  ["payment-link", streams.events, "payment-link-releases", "events.registration.RegistrationReleased"],
  ["payment-link", streams.events, "payment-link-money", "events.registration.MoneyRecorded"],
  ["payment-link", streams.events, "payment-link-terms", "events.registration.MonthlyTermsAmended"],
  ["payment-link", streams.events, "payment-link-follow-up", "events.payment.>"],
];

test.each(consumers)("%s consumes %s as %s and parks what is poison", async (user, stream, durable, filter) => {
  const author = stream === streams.chat ? "gateway" : "relay";
  const writer = await connectAs(author);
  const service = await messagingAs(user);
  const ending = new AbortController();
  const settled: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  // Consumers that share a subject see each other's messages: each counts its own.
  const good = `good for ${durable}`;
  const bad = `bad for ${durable}`;
  const textOf = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data);
  const running = consume(service, {
    stream,
    durable,
    filter,
    signal: ending.signal,
    handle: async (delivery) => (textOf(delivery) === bad ? "poison" : "done"),
    onSettled: (settlement, delivery) => {
      if (![good, bad].includes(textOf(delivery))) return;
      settled.push(settlement);
      if (settled.length === 2) resolve();
    },
    onBroken: (error) => settled.push(String(error)),
  });
  const subject = filter.replace(">", "any.Happened");
  await writer.jetstream().publish(subject, good);
  await writer.jetstream().publish(subject, bad);
  await promise;
  ending.abort();
  await running;
  expect(settled.toSorted()).toEqual(["done", "poison"]);
  await Promise.all([writer.close(), service.close()]);
});

test("registration removes messages of every stream, one by one", async () => {
  const operator = await messagingAs("operator");
  const registration = await messagingAs("registration");
  const places = [
    [streams.events, "events.test.Erased"],
    [streams.chat, chatSubjects.registrationRefused],
    [streams.deadLetters, "dead.test"],
  ] as const;
  for (const [stream, subject] of places) {
    await operator.publish(subject, "to be kept");
    await operator.publish(subject, "to be removed");
    const isDoomed = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data) === "to be removed";
    expect(await sweep(registration, stream, subject, isDoomed)).toBe(1);
    expect(await sweep(registration, stream, subject, isDoomed)).toBe(0);
  }
  await Promise.all([operator.close(), registration.close()]);
});

test("the relay reads the tail of EVENTS and publishes after it", async () => {
  const { state } = await relay.jsm.streams.info(streams.events);
  const ack = await relay.publish("events.test.Happened", "{}", { expectLastSequence: state.last_seq });
  const last = await relay.jsm.streams.getMessage(streams.events, { seq: ack.seq });
  expect(last.subject).toBe("events.test.Happened");
});

test("the relay updates the dead letters' stream from an earlier version", async () => {
  const operator = await messagingAs("operator");
  const { config } = await operator.jsm.streams.info(streams.deadLetters);
  await operator.jsm.streams.update(streams.deadLetters, { ...config, duplicate_window: nanos(120_000) });
  await renewDeadLetters(relay);
  expect((await operator.jsm.streams.info(streams.deadLetters)).config).toEqual(config);
  await operator.close();
});

const forbidden: readonly (readonly [User, string])[] = [
  ["gateway", "events.payment.PaymentFulfilled"],
  ["gateway", "$JS.API.STREAM.DELETE.CHAT"],
  ["gateway", "$JS.API.STREAM.MSG.GET.CHAT"],
  ["registration", "events.payment.PaymentFulfilled"],
  ["registration", "$JS.API.STREAM.PURGE.EVENTS"],
  ["notification", "$JS.API.STREAM.MSG.GET.EVENTS"],
  ["notification", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["payment-link", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["gateway", "$JS.API.STREAM.MSG.DELETE.CHAT"],
  ["relay", "$JS.API.STREAM.MSG.DELETE.EVENTS"],
  ["relay", "$JS.API.STREAM.DELETE.EVENTS"],
  ["relay", "chat.registration.completed.v1"],
  ["gateway", "chat.registration.refused.v1"],
  ["gateway", changeSubject],
  ["gateway", "$JS.API.STREAM.MSG.GET.CHANGES"],
  ["gateway", "consumer.registration-intake"],
  ["gateway", "$JS.API.CONSUMER.MSG.NEXT.CHAT.registration-intake"],
  ["gateway", "$JS.ACK.CHAT.registration-intake.1.1.1.1.0"],
  ["notification", "consumer.payment-link-tokens"],
];

test.each(forbidden)("%s may not publish to %s", async (user, subject) => {
  const [denied] = await violations(user, (nc) => nc.publish(subject));
  expect(denied).toContain(subject);
});

const strangers = ["registration", "notification", "payment-link", "gateway"] as const;

test.each([...strangers, "relay"] as const)(
  "no answer to %s is stored, whatever subject it wants it on",
  async (user) => {
    const nc = await connectAs(user);
    for (const subject of mayPublish(user).filter((allowed) => !allowed.startsWith("events."))) {
      nc.publish(subject, "{}", { reply: "events.forged.Answer" });
      nc.publish(subject, "+NXT", { reply: "events.forged.Answer" });
    }
    await nc.flush();
    // Something for a consumer to deliver, if one could be created.
    const registration = await messagingAs("registration");
    await registration.publish(chatSubjects.registrationRefused, "{}");
    const { state } = await relay.jsm.streams.info(streams.events, { subjects_filter: "events.forged.>" });
    expect(state.subjects ?? {}).toEqual({});
    await Promise.all([nc.close(), registration.close()]);
  },
);

const places = [
  ["registration", "CHAT", "registration-intake", chatSubjects.registrationCompleted],
  ["notification", "EVENTS", "notification-intake", "events.payment.>"],
  ["payment-link", "EVENTS", "payment-link-follow-up", "events.payment.>"],
  ["gateway", "CHAT", gatewayRefusals.durable, gatewayRefusals.filter],
  ["gateway", "CHANGES", gatewayChanges.durable, gatewayChanges.filter],
] as const;

test.each(places)(
  "%s may not make a consumer that delivers to a subject of its choice",
  async (user, stream, durable, filter) => {
    const subjects = [
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.${durable}`,
      `$JS.API.CONSUMER.CREATE.${stream}.${durable}.${filter}`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${durable}`,
    ];
    for (const subject of subjects) expect(await violations(user, (nc) => nc.publish(subject))).toEqual([subject]);
    // Through the relay: neither another delivery subject, nor an early end of an existing consumer.
    if (user === "gateway") return;
    const service = await messagingAs(user);
    const wish = { stream, filter, deliver_subject: "events.forged.Push", inactive_threshold: nanos(1_000) };
    const answer = await service.request(`consumer.${durable}`, Buffer.from(JSON.stringify(wish)), {}, 5_000);
    expect(answer).toEqual({});
    const { config }: { config: Partial<ConsumerConfig> } = await relay.jsm.consumers.info(stream, durable);
    expect([config.deliver_subject, config.inactive_threshold, config.ack_policy]).toEqual([
      undefined,
      undefined,
      AckPolicy.Explicit,
    ]);
    await service.close();
  },
);

test("a service that asks the relay for nonsense gets an error, and the relay continues", async () => {
  const service = await messagingAs("notification");
  for (const wish of ["", "{", "{}", '{"stream":"NONE","filter":"x"}', '{"stream":7}']) {
    const answer = await service.request("consumer.notification-intake", Buffer.from(wish), {}, 5_000);
    expect(answer).toEqual({ error: expect.any(String) });
  }
  await service.close();
});

test("the relay changes the order of a consumer for its service", async () => {
  const service = await messagingAs("notification");
  const order = async (inOrder: boolean) => {
    const ending = new AbortController();
    const running = consume(service, {
      stream: streams.events,
      durable: "notification-intake",
      filter: "events.payment.>",
      inOrder,
      signal: ending.signal,
      handle: async () => "done",
    });
    const config = async () => (await relay.jsm.consumers.info(streams.events, "notification-intake")).config;
    await expect.poll(async () => (await config()).max_ack_pending, { timeout: 10_000 }).toBe(inOrder ? 1 : 10_000);
    ending.abort();
    await running;
  };
  await order(true);
  await order(false);
  await service.close();
});

test("only the relay may ask for another leader of a consumer", async () => {
  const ask = (one: Messaging) =>
    one.request("$JS.API.CONSUMER.LEADER.STEPDOWN.EVENTS.notification-intake", new Uint8Array(), {}, 1_000);
  // A single server elects nobody, but it answers.
  expect(await ask(relay)).toMatchObject({ error: { code: expect.any(Number) } });
  const service = await messagingAs("notification");
  await expect(ask(service)).rejects.toThrow("NATS did not acknowledge");
  await service.close();
});

test("the gateway may do everything in its guide", async () => {
  const registration = await messagingAs("registration");
  const { completed, accepted, refused } = {
    completed: chatSubjects.registrationCompleted,
    accepted: chatSubjects.registrationAccepted,
    refused: chatSubjects.registrationRefused,
  };
  const nc = await connectAs("gateway");
  const heard: string[] = [];
  const listen = async (subject: string) => {
    for await (const message of nc.subscribe(subject)) heard.push(`${subject} ${message.subject} ${message.string()}`);
  };
  const listening = ["chat.registration.*.v1", accepted, refused, changeSubject].map(listen);
  await nc.flush();
  expect((await nc.jetstream().publish(completed, "one")).stream).toBe(streams.chat);
  expect((await nc.request(completed, "two")).json()).toMatchObject({ stream: streams.chat });
  await registration.publish(accepted, "yes");
  await registration.publish(refused, "no");
  await registration.publish(changeSubject, "changed");
  await expect.poll(() => heard.length).toBe(8);
  expect(heard.toSorted()).toEqual([
    `chat.registration.*.v1 ${accepted} yes`,
    `chat.registration.*.v1 ${changeSubject} changed`,
    `chat.registration.*.v1 ${completed} one`,
    `chat.registration.*.v1 ${completed} two`,
    `chat.registration.*.v1 ${refused} no`,
    `${accepted} ${accepted} yes`,
    `${changeSubject} ${changeSubject} changed`,
    `${refused} ${refused} no`,
  ]);
  await nc.close();
  await Promise.all(listening);

  // Disconnected and back: everything refused meanwhile arrives, once.
  await registration.publish(refused, "while away");
  await registration.publish(changeSubject, "changed while away");
  const back = await connectAs("gateway");
  const pull = async ({ stream, durable }: typeof gatewayRefusals | typeof gatewayChanges) => {
    const found: string[] = [];
    const consumer = await back.jetstream().consumers.get(stream, durable);
    for await (const message of await consumer.fetch({ max_messages: 100, expires: 1_000 })) {
      found.push(message.string());
      await message.ackAck();
    }
    return found;
  };
  expect(await pull(gatewayRefusals)).toEqual(expect.arrayContaining(["no", "while away"]));
  expect(await pull(gatewayRefusals)).toEqual([]);
  expect(await pull(gatewayChanges)).toContain("changed while away");
  await (await back.jetstreamManager()).consumers.info(gatewayRefusals.stream, gatewayRefusals.durable);
  await Promise.all([back.close(), registration.close()]);
});

test("registration walks what the chat published", async () => {
  const registration = await messagingAs("registration");
  const gateway = await connectAs("gateway");
  await gateway.jetstream().publish(chatSubjects.registrationCompleted, "walked past");
  const found: string[] = [];
  const walk = {
    stream: streams.chat,
    subject: chatSubjects.registrationCompleted,
    since: new Date(Date.now() - 60_000),
  };
  for await (const { data } of walkMessages(registration, walk)) found.push(new TextDecoder().decode(data));
  expect(found.at(-1)).toBe("walked past");
  await Promise.all([registration.close(), gateway.close()]);
});

test("an operator gives a dead letter to its consumer again", async () => {
  const operator = await messagingAs("operator");
  const service = await messagingAs("notification");
  const ending = new AbortController();
  let settlement: "poison" | "done" = "poison";
  const running = consume(service, {
    stream: streams.events,
    durable: "notification-changes",
    filter: "events.registration.>",
    signal: ending.signal,
    handle: async () => settlement,
  });
  await relay.publish("events.registration.Redriven", "{}");
  const letter = async () =>
    (await listDeadLetters(operator)).find(({ subject }) => subject === "events.registration.Redriven");
  await expect.poll(letter, { timeout: 20_000 }).toBeDefined();
  settlement = "done";
  expect(await redriveDeadLetter(operator, (await letter())?.id ?? 0)).toEqual({ outcome: "done" });
  ending.abort();
  await running;
  await Promise.all([operator.close(), service.close()]);
});

test("NATS keeps nothing of a consumer's pulls for long", async () => {
  const runtime = systemRuntime();
  // Makes minutes pass at once.
  const after: typeof runtime.after = (ms, work, options) => runtime.after(ms > 60_000 ? 200 : ms, work, options);
  const hurried = { ...runtime, after };
  const service = await connectMessaging({ url: nats.url("payment-link"), name: "payment-link", runtime: hurried });
  const ending = new AbortController();
  const seen = new Set<string>();
  const broken: unknown[] = [];
  const kept = async () => {
    const account = await fetch(`${nats.monitoringUrl}/accountz?acc=TOUCHLINE`);
    const { account_detail } = (await account.json()) as { account_detail: { responses?: object } };
    return Object.keys(account_detail.responses ?? {}).length;
  };
  const before = await kept();
  const running = consume(service, {
    stream: streams.events,
    durable: "payment-link-erasures",
    filter: "events.registration.RegistrationErased",
    concurrency: 1,
    signal: ending.signal,
    handle: async ({ data }) => {
      seen.add(new TextDecoder().decode(data));
      return "done";
    },
    onBroken: (error) => broken.push(error),
  });
  const wanted = Array.from({ length: 300 }, (_, i) => `erased ${i}`);
  for (const text of wanted) await relay.publish("events.registration.RegistrationErased", text);
  await expect.poll(() => wanted.filter((text) => !seen.has(text)), { timeout: 30_000 }).toEqual([]);
  // 300 messages were pulled; what earlier tests left behind does not count.
  await expect.poll(kept, { timeout: 5_000 }).toBeLessThan(before + 10);
  expect(broken).toEqual([]);
  ending.abort();
  await running;
  await service.close();
});

test.each(["relay", "registration", "gateway"] as const)("%s may not read the inbox of another", async (user) => {
  const inbox = user === "relay" ? "_INBOX_registration.>" : "_INBOX_relay.>";
  const [denied] = await violations(user, (nc) => void nc.subscribe(inbox));
  expect(denied).toContain(inbox);
});

test("nobody can connect without a password", async () => {
  await expect(connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false })).rejects.toThrow(
    "Authorization Violation",
  );
});

/** What the server refused while `act` ran. */
const violations = async (user: User, act: (nc: NatsConnection) => void): Promise<string[]> => {
  const nc = await connectAs(user);
  const found: string[] = [];
  void (async () => {
    for await (const status of nc.status()) {
      if (status.permissionContext) found.push(String(status.permissionContext.subject));
    }
  })();
  act(nc);
  // The refusal is on the wire before the answer to the ping.
  await nc.flush();
  await new Promise(setImmediate);
  await nc.close();
  return found;
};
